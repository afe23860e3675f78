// Personal data is planted wherever something can be typed, and found nowhere afterwards: not in an answer, not in the log, not in the
// store, not in what is exported (domain notes, section 6).
'use strict';

const assert = require('node:assert/strict');
const fs = require('node:fs');
const path = require('node:path');
const { test, before, after } = require('node:test');
const { oriundo, requestId, CallError } = require('./lib/api');
const { World, refused, ADMINISTRATOR, CONSULATE, CLUB_TREASURER, organization } = require('./lib/scene');

// Invented; none belongs to anybody. Each is found by another rule.
const PLANTED = [
  'nadie.planted@example.org',
  'CURP XEXX010101HNEXXXA4',
  'SSN 078-05-1120',
  'tel. 492 555 0199',
  'vive en calle Ficticia 12, col. Inventada',
  'the donor is undocumented',
];
const TRACES = ['planted@example', 'XEXX010101HNEXXXA4', '078-05-1120', '492 555 0199', 'Ficticia', 'undocumented'];

let world;
before(async () => {
  world = await World.create();
});
after(() => world.close());

const SERVICES = {
  directory: oriundo.DirectoryService,
  program: oriundo.ProgramService,
  project: oriundo.ProjectService,
  ledger: oriundo.LedgerService,
  audit: oriundo.AuditService,
};

// Every place below `type` that takes text, as a function that makes a request with the text there and nothing else.
function places(type, depth = 0) {
  if (depth > 4) return [];
  const found = [];
  for (const field of type.field) {
    const wrap = (value) => ({ [field.name]: field.label === 'LABEL_REPEATED' ? [value] : value });
    if (field.type === 'TYPE_STRING') found.push((text) => wrap(text));
    if (field.type === 'TYPE_MESSAGE') {
      const below = oriundo[field.typeName.split('.').pop()];
      if (below?.type) for (const place of places(below.type, depth + 1)) found.push((text) => wrap(place(text)));
    }
  }
  return found;
}

function assertNoTrace(text, where) {
  for (const trace of TRACES) assert.ok(!text.includes(trace), `${trace} stands in ${where}`);
}

test('no call takes personal data, wherever in it that stands, and no answer repeats it', async () => {
  let calls = 0;
  const api = world.as(ADMINISTRATOR);
  for (const [name, service] of Object.entries(SERVICES)) {
    for (const [method, definition] of Object.entries(service.service)) {
      for (const place of places(definition.requestType.type)) {
        const planted = PLANTED[calls++ % PLANTED.length];
        let error;
        try {
          await api[name][method]({ request_id: requestId(), ...place(planted) });
        } catch (caught) {
          error = caught;
        }
        // Reads of what does not exist, fields that only the ledger fills: an answer may come, but never the text.
        if (error === undefined) continue;
        assert.ok(error instanceof CallError, `${method}: ${error}`);
        assertNoTrace(JSON.stringify([error.message, error.metadata, error.fields, error.violations]), `the answer of ${method}`);
      }
    }
  }
  assert.ok(calls > 300, `only ${calls} places were found`);
});

test('a text is refused by its field, says what it looks like, and goes through once that is taken out', async () => {
  const looks = ['an e-mail address', 'a CURP', 'a social security', 'a phone number', 'a home address', 'immigration status'];
  const create = (id, name) =>
    world.as(CONSULATE).directory.CreateOrganization({
      request_id: requestId(),
      organization_id: id,
      organization: { kind: 'CLUB', display_name: name, country_code: 'US', parent: organization('federation-la') },
    });
  for (const [i, planted] of PLANTED.entries()) {
    const error = await refused(create(`club-private-${i}`, `Club Tekax, ${planted}`), 'INVALID_ARGUMENT', 'INVALID_FIELD');
    assert.deepEqual(
      error.fields.map(({ field }) => field),
      ['organization.display_name'],
    );
    assert.ok(error.fields[0].description.includes(looks[i]), error.fields[0].description);
    assertNoTrace(JSON.stringify([error.message, error.fields]), 'the refusal');
    await create(`club-private-${i}`, 'Club Tekax');
  }
});

test('a code that is an identity number is refused as well', async () => {
  const error = await refused(
    world.as(CONSULATE).directory.CreateOrganization({
      request_id: requestId(),
      organization_id: 'xexx010101hnexxxa4',
      organization: { kind: 'CLUB', display_name: 'A club', country_code: 'US' },
    }),
    'INVALID_ARGUMENT',
    'INVALID_FIELD',
  );
  assert.equal(error.fields[0].field, 'organization_id');
});

test('neither log nor store nor journal holds any of it', async () => {
  const rows = [];
  for (let token = ''; ; ) {
    const page = await world.as(CLUB_TREASURER).audit.ListEntries({ page_size: 1000, page_token: token });
    rows.push(...page.entries);
    token = page.next_page_token;
    if (token === '') break;
  }
  assert.ok(rows.length > 10);
  assertNoTrace(JSON.stringify(rows), 'the journal');
  await world.server.stop();
  assertNoTrace(world.server.log, 'the log');
  let files = 0;
  for (const name of fs.readdirSync(world.server.data, { recursive: true })) {
    const file = path.join(world.server.data, name);
    if (!fs.statSync(file).isFile()) continue;
    files += 1;
    assertNoTrace(fs.readFileSync(file, 'latin1'), name);
  }
  assert.ok(files > 2);
});
