// The server as its operator and every gRPC tool meet it: health, reflection, who may connect, how much at once.
'use strict';

const assert = require('node:assert/strict');
const { spawnSync } = require('node:child_process');
const path = require('node:path');
const { test, before, after } = require('node:test');
const { World, OFFICE, ROLES, PROGRAM } = require('./lib/scene');

let world;
before(async () => {
  world = await World.create();
});
after(() => world.close());

// Runs oriundod to its end; it must say why it does not serve.
function oriundod(...args) {
  const result = spawnSync(process.env.ORIUNDOD, args, { encoding: 'utf8', timeout: 20_000 });
  assert.notEqual(result.status, null, 'it goes on running');
  return result;
}

test('health is served to anybody', async () => {
  assert.equal((await world.as(undefined).health.Check({ service: '' })).status, 'SERVING');
});

test('reflection lists the services and describes them', async () => {
  const call = world.api.reflection.ServerReflectionInfo();
  const answers = [];
  const done = new Promise((resolve, reject) =>
    call
      .on('data', (row) => answers.push(row))
      .on('error', reject)
      .on('end', resolve),
  );
  call.write({ list_services: '' });
  call.write({ file_containing_symbol: 'oriundo.v1.LedgerService' });
  call.end();
  await done;
  const names = answers[0].list_services_response.service.map(({ name }) => name);
  for (const service of ['Directory', 'Program', 'Project', 'Ledger', 'Audit'])
    assert.ok(names.includes(`oriundo.v1.${service}Service`), names.join());
  assert.ok(names.includes('grpc.health.v1.Health'), names.join());
  assert.ok(answers[1].file_descriptor_response.file_descriptor_proto.length > 0);
});

test('who is asking is taken on trust, so the server says so and listens on loopback only', () => {
  assert.match(world.server.log, /NO ACCESS CONTROL/);
  const data = path.join(world.server.folder, 'another');
  assert.equal(oriundod('init', '--data', data, '--origin', 'node.test.example/another').status, 0);
  for (const address of ['0.0.0.0:0', '[::]:0', '192.0.2.1:0', 'example.org:0']) {
    const { status, stderr } = oriundod('serve', '--data', data, '--listen', address);
    assert.notEqual(status, 0, address);
    assert.match(stderr, /loopback/, address);
  }
});

test('a port that is no port, and a command that is none, are wrong usage: exit code 2', () => {
  const { data } = world.server;
  for (const port of ['99999', '', 'abc', '-1']) {
    const { status, stderr } = oriundod('serve', '--data', data, '--listen', `127.0.0.1:${port}`);
    assert.equal(status, 2, port);
    // Said before the store is opened: it is in use.
    assert.match(stderr, /from 0 to 65535/, port);
  }
  for (const args of [[], ['frob'], ['serve', '--frob']]) assert.equal(oriundod(...args).status, 2, args.join(' '));
});

test('one server a ledger, one ledger a folder', () => {
  const { data, folder } = world.server;
  for (const [pattern, ...args] of [
    [/in use by another process/, 'serve', '--data', data, '--listen', '127.0.0.1:0'],
    [/in use by another process/, 'init', '--data', data, '--origin', 'node.test.example/ledger'],
    [/no store/, 'serve', '--data', path.join(folder, 'nothing'), '--listen', '127.0.0.1:0'],
    [/origin/, 'init', '--data', path.join(folder, 'misnamed'), '--origin', 'Bad Origin'],
  ]) {
    const { status, stderr } = oriundod(...args);
    assert.notEqual(status, 0, args.join(' '));
    assert.match(stderr, pattern);
  }
});

test('a short trail is streamed to its end although nothing else happens on the connection', async () => {
  await world.publishRule('halves', [{ ...ROLES.FEDERAL, cumulative_bps: [10000] }, ROLES.CLUB]);
  await world.createPool(50n);
  await world.agree('short', 'halves', 100n, [ROLES.FEDERAL, ROLES.CLUB]);
  await world.deposit('short', 'deposit', 50n);
  for (let i = 0; i < 5; ++i) {
    const rows = await world.as(OFFICE).audit.TraceProject({ name: 'projects/short' });
    assert.deepEqual(
      rows.map(({ kind, amount }) => [kind, amount.minor_units]),
      [['LEFT', '50']],
    );
  }
});

test('more streams than the server allows are refused with the time to wait', async () => {
  await world.publishRule('club-alone', [ROLES.CLUB]);
  await world.createProject('watched', world.draft('club-alone', 100n, [ROLES.CLUB]));
  const { audit } = world.as(OFFICE);
  const outcomes = await Promise.allSettled(
    Array.from({ length: 300 }, () => audit.TraceProject({ name: 'projects/watched' })),
  );
  const refusals = outcomes.filter(({ status }) => status === 'rejected').map(({ reason }) => reason);
  assert.ok(outcomes.length - refusals.length >= 64);
  for (const error of refusals) {
    assert.equal(`${error.code} ${error.reason}`, 'RESOURCE_EXHAUSTED TOO_MANY_STREAMS');
    assert.ok(error.detailTypes.includes('google.rpc.RetryInfo'));
  }
  assert.deepEqual(await audit.TraceProject({ name: 'projects/watched' }), []);
});

test('a request that is too large is refused and the server goes on', async () => {
  const { program } = world.as(OFFICE);
  await assert.rejects(program.ListPrograms({ filter: 'x'.repeat(2 << 20) }), { code: 'RESOURCE_EXHAUSTED' });
  assert.equal((await program.GetProgram({ name: PROGRAM })).name, PROGRAM);
});
