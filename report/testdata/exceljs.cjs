// What the library exceljs reads of a workbook, as JSON.
const { Workbook } = require("exceljs");

(async () => {
  const book = new Workbook();
  await book.xlsx.readFile(process.argv[2]);
  const sheets = book.worksheets.map((sheet) => {
    const { state, xSplit = 0, ySplit = 0 } = sheet.views[0];
    const cells = [];
    sheet.eachRow((row) => row.eachCell((cell) => cell.master === cell && cells.push(`${cell.address} ${cell.value}`)));
    return { name: sheet.name, cells, frozen: state === "frozen" ? [xSplit, ySplit] : [0, 0],
      list: sheet.getCell("A2").dataValidation?.formulae?.[0] ?? "" };
  });
  const { title, creator, created, modified } = book;
  console.log(JSON.stringify({ title, creator, created, modified, sheets }));
})().catch((err) => {
  console.error(err);
  process.exit(1);
});
