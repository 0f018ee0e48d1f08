// Joins a roster with pages of users in DuckDB, and prints how many of them a plan
// would create, update, deactivate and reactivate, and how many there are.
import { createRequire } from 'node:module';

const [modules, roster, pages] = process.argv.slice(2);
const { DuckDBInstance } = createRequire(`${modules}/`)('@duckdb/node-api');
const connection = await (await DuckDBInstance.create(':memory:')).connect();
const text = (path) => `'${path.replaceAll("'", "''")}'`;
const result = await connection.runAndReadAll(`
  WITH roster AS (SELECT * FROM read_csv(${text(roster)}, all_varchar = true, header = true)),
  app AS (SELECT unnest(data, recursive := false) AS u FROM read_json(${text(pages)}, columns = {data: 'STRUCT(
      uid VARCHAR, name VARCHAR, avatar VARCHAR, link VARCHAR, role VARCHAR, statusMessage VARCHAR, tags VARCHAR[], deactivatedAt BIGINT,
      metadata STRUCT(department VARCHAR, address STRUCT(city VARCHAR), "@private" STRUCT(email VARCHAR)))[]'})),
  both_sides AS (
    SELECT u IS NOT NULL AS listed, r.uid IS NOT NULL AS rostered, r.state = 'active' AS wanted,
      u.deactivatedAt IS NOT NULL AS deactivated,
      r.name IS DISTINCT FROM u.name OR r.avatar IS DISTINCT FROM u.avatar OR r.link IS DISTINCT FROM u.link
        OR r.role IS DISTINCT FROM u.role OR coalesce(r.tags, '') <> coalesce(array_to_string(u.tags, '|'), '')
        OR coalesce(r.statusMessage, '') <> coalesce(u.statusMessage, '')
        OR r."metadata.department" IS DISTINCT FROM u.metadata.department
        OR r."metadata.address.city" IS DISTINCT FROM u.metadata.address.city
        OR r."metadata.@private.email" IS DISTINCT FROM u.metadata."@private".email AS differs
    FROM roster r FULL JOIN app ON r.uid = u.uid)
  SELECT
    count(*) FILTER (rostered) AS "Rows",
    count(*) FILTER (listed AND NOT deactivated) AS "Active",
    count(*) FILTER (listed AND deactivated) AS "Deactivated",
    count(*) FILTER (rostered AND NOT listed) AS "Create",
    count(*) FILTER (listed AND wanted AND NOT deactivated AND differs) AS "Update",
    count(*) FILTER (listed AND NOT deactivated AND (NOT rostered OR NOT wanted)) AS "Deactivate",
    count(*) FILTER (listed AND deactivated AND wanted) AS "Reactivate"
  FROM both_sides`);
const [row] = result.getRowObjectsJson();
console.log(JSON.stringify(Object.fromEntries(Object.entries(row).map(([name, count]) => [name, Number(count)]))));
