// Drives the vendor's JavaScript SDK as a page would: node sdk.cjs HOST APPID KEY.
// Each line of output is a step and what the SDK handed back, or its error.

// What a page has around the SDK, as far as the SDK looks for it.
function storage() {
  const items = new Map();
  return {
    getItem: (key) => items.get(key) ?? null,
    setItem: (key, value) => void items.set(String(key), String(value)),
    removeItem: (key) => void items.delete(key),
    clear: () => items.clear(),
    key: (i) => [...items.keys()][i] ?? null,
    get length() { return items.size; },
  };
}
const page = {
  window: globalThis,
  self: globalThis,
  localStorage: storage(),
  sessionStorage: storage(),
  navigator: { userAgent: 'node', language: 'en', platform: 'node', onLine: true },
  location: { href: 'https://localhost/', origin: 'https://localhost', hostname: 'localhost', pathname: '/' },
  document: { hasFocus: () => true, querySelector: () => null, getElementsByName: () => [] },
  addEventListener() {},
  removeEventListener() {},
};
for (const name of Object.keys(page)) {
  Object.defineProperty(globalThis, name, { value: page[name], configurable: true, writable: true });
}
// A browser reads the referrer relative to the page; node has no page and refuses
// it. Nothing may go to another host than the sandbox.
const { fetch } = globalThis;
globalThis.fetch = (url, { referrer, ...init }) => {
  if (new URL(url).host !== process.argv[2]) throw new Error(`a request to ${url}`);
  return fetch(url, init);
};

// Not with node's own message, which quotes the line: the SDK is a single one.
process.on('uncaughtException', (e) => { console.error(e.stack); process.exit(1); });

const { CometChat } = require('@cometchat/chat-sdk-javascript');

async function step(name, work) {
  let line;
  try {
    line = JSON.stringify(await work());
  } catch (e) {
    line = 'refused ' + (e instanceof Error ? e.stack : JSON.stringify(e));
  }
  console.log(`${name}: ${line}`);
}

function person(uid, name) {
  const user = new CometChat.User(uid);
  user.setName(name);
  return user;
}

async function main(host, appID, key) {
  const settings = new CometChat.AppSettingsBuilder().setRegion('us')
    .overrideAdminHost(`${host}/v3.0`).overrideClientHost(`${host}/v3.0`)
    .autoEstablishSocketConnection(false) // messages are not the sandbox's business
    .build();
  await step('init', () => CometChat.init(appID, settings));

  const ada = person('Ada', 'Ada Lovelace');
  ada.setMetadata({ office: { floor: 2 } });
  ada.setTags(['staff', 'chess']);
  await step('create', () => CometChat.createUser(ada, key));
  await step('create twice', () => CometChat.createUser(ada, key));
  await step('wrong key', () => CometChat.createUser(person('bert', 'Bert'), 'no-such-key'));
  const cleo = person('cleo', 'Cleo');
  cleo.setAvatar('Invalid:https://example.org/c.png');
  await step('bad avatar', () => CometChat.createUser(cleo, key));
  ada.setName('Ada King');
  ada.setAvatar('https://example.org/a.png');
  await step('update', () => CometChat.updateUser(ada, key));

  await step('login of nobody', () => CometChat.login('nobody', key));
  await step('login', () => CometChat.login('ada', key));
  await step('own details', () => CometChat.updateCurrentUserDetails(person('ada', 'Countess')));
  await step('get', () => CometChat.getUser('u1'));
  await step('get nobody', () => CometChat.getUser('nobody'));
  const list = new CometChat.UsersRequestBuilder().setLimit(2).withTags(true).build();
  for (let n = 1; n <= 3; n++) {
    await step(`page ${n}`, async () => (await list.fetchNext()).map((u) => `${u.getUid()} ${u.getTags()}`));
  }
  await step('logged in', async () => (await CometChat.getLoggedinUser()).getName());
  await step('logout', () => CometChat.logout());
  await step('logged in', () => CometChat.getLoggedinUser());
}

// The SDK keeps timers: ending is said, not waited for.
main(...process.argv.slice(2)).then(() => process.exit(0), (e) => { console.error(e); process.exit(1); });
