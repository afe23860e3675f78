// The command line as scripts use it: exit codes, --json, and an apply that changes nothing the second time.
'use strict';

const assert = require('node:assert/strict');
const { spawn } = require('node:child_process');
const fs = require('node:fs');
const path = require('node:path');
const { test, before, after } = require('node:test');
const { Server } = require('../node/lib/server');

const ROOT = path.resolve(__dirname, '../..');
const PROGRAM = path.join(process.env.ORIUNDO_BUILD ?? '', 'bin/oriundo');
const PROGRAMMES = path.join(ROOT, 'deploy/programmes');
const FILES = [
  path.join(ROOT, 'deploy/demo-data/organizations.textproto'),
  ...fs
    .readdirSync(PROGRAMMES)
    .filter((name) => name.endsWith('.textproto'))
    .sort()
    .map((name) => path.join(PROGRAMMES, name)),
];
const ITEMS = FILES.map((file) => fs.readFileSync(file, 'utf8').match(/^items\b/gm).length).reduce(
  (sum, count) => sum + count,
);

let server;
before(async () => {
  server = await Server.start();
});
after(async () => {
  await server.stop();
  server.remove();
});

// Runs the program; resolves to its exit code and what it printed.
function oriundo(args, address = server.address) {
  return new Promise((resolve, reject) => {
    const child = spawn(PROGRAM, args, { env: { ...process.env, ORIUNDO_ADDRESS: address, LANG: 'C', LC_ALL: 'C' } });
    const result = { out: '', err: '' };
    child.stdout.on('data', (text) => (result.out += text));
    child.stderr.on('data', (text) => (result.err += text));
    child.on('error', reject);
    child.on('close', (code) => resolve({ code, ...result }));
  });
}

// Runs the program with --json; the exit code must be as said and the output one JSON value.
async function json(code, args, address) {
  const result = await oriundo(['--as', 'consulado-demo/clerk', '--json', ...args], address);
  assert.equal(result.code, code, `${args.join(' ')}:\n${result.out}${result.err}`);
  return JSON.parse(result.out);
}

const journalEnd = async () => (await json(0, ['entry', 'list', '--page-size', '1'])).sequence;

test('apply makes everything once, and nothing the second time', async () => {
  // Two at once: whichever comes second finds what the first made.
  const both = await Promise.all([json(0, ['apply', ...FILES]), json(0, ['apply', ...FILES])]);
  for (const report of both) {
    assert.equal(report.applied + report.already_there, ITEMS);
    assert.equal(report.refused + report.not_tried, 0);
  }
  const end = await journalEnd();
  assert.equal(end, String(ITEMS), 'one entry an item after the first of all');
  const again = await json(0, ['apply', ...FILES]);
  assert.deepEqual([again.applied, again.already_there], [0, ITEMS]);
  const forPeople = await oriundo(['apply', ...FILES]);
  assert.equal(forPeople.code, 0);
  assert.match(forPeople.out, new RegExp(`^0 applied, ${ITEMS} already there, 0 refused, 0 not tried$`, 'm'));
  assert.equal(await journalEnd(), end);
});

test('a call that goes through: exit code 0', async () => {
  const organization = await json(0, ['organization', 'get', 'club-tekax']);
  assert.equal(organization.name, 'organizations/club-tekax');
  assert.equal(organization.kind, 'CLUB');
  assert.equal(organization.display_name, 'Club de migrantes de Tekax');
  const rules = await json(0, ['rule', 'list', 'mx-3x1']);
  assert.deepEqual(rules.rule_versions.map(({ name }) => name.split('/').pop()).sort(), ['joint-half', 'priority-2014', 'quarters']);
});

test('a call that the ledger refuses: exit code 1, with the reason', async () => {
  const create = [
    'organization',
    'create',
    'a-state',
    '--kind',
    'STATE_GOVERNMENT',
    '--display-name',
    'Estado',
    '--country-code',
    'MX',
  ];
  const { error } = await json(1, create);
  assert.equal(error.code, 'PERMISSION_DENIED');
  assert.equal(error.reason, 'ACTOR_NOT_ALLOWED');
  assert.equal(error.exit_code, 1);
  assert.equal(error.metadata.organization, 'organizations/consulado-demo');
  const forPeople = await oriundo(['--as', 'consulado-demo/clerk', ...create]);
  assert.equal(forPeople.code, 1);
  assert.equal(forPeople.out, '');
  assert.match(forPeople.err, /^Error: organizations\/consulado-demo may not do this/);
  assert.match(forPeople.err, /ACTOR_NOT_ALLOWED/);
  const missing = await json(1, ['project', 'get', 'none']);
  assert.equal(missing.error.reason, 'PROJECT_NOT_FOUND');
});

test('a call that is wrong in itself: exit code 2, with every field', async () => {
  const create = [
    'organization',
    'create',
    'a-club',
    '--kind',
    'CLUB',
    '--display-name',
    'Club',
    '--country-code',
    'Mexico',
    '--parent',
    'Bad Name',
  ];
  const { error } = await json(2, create);
  assert.equal(error.code, 'INVALID_ARGUMENT');
  assert.equal(error.reason, 'INVALID_FIELD');
  assert.deepEqual(error.violations.map(({ field }) => field).sort(), [
    'organization.country_code',
    'organization.parent',
  ]);
  const forPeople = await oriundo(['--as', 'consulado-demo/clerk', ...create]);
  assert.equal(forPeople.code, 2);
  assert.match(forPeople.err, /^ {2}- --country-code \(organization\.country_code\): must be an ISO 3166-1 country code/m);
  assert.match(forPeople.err, /^ {2}- --parent \(organization\.parent\): "Bad Name" is no id; ids are of small letters/m);
  const filter = await oriundo(['--lang', 'es', 'program', 'list', '--filter', 'budget > 5']);
  assert.equal(filter.code, 2);
  assert.match(filter.err, /^Error: --filter: no hay campo budget\.$/m);
  assert.match(filter.err, /^Qué hacer: Sus campos son: name, .*currency_code/m);
  const noFlag = await oriundo(['program', 'list', '--budget', '5']);
  assert.equal(noFlag.code, 2);
  assert.match(noFlag.err, /^Error: program list has no --budget\. Its flags are: --page-size, /m);
  const early = await oriundo(['--lang', 'es', 'organization', 'get', 'club-tekax', '--known-at', '0']);
  assert.equal(early.code, 1);
  assert.match(early.err, /^Error: organizations\/club-tekax aún no existía en ese momento; lo creó el asiento \d+\.$/m);
  const preview = await json(2, ['rule', 'preview', 'mx-3x1/quarters', '--total', '10.001 MXN']);
  assert.equal(preview.error.reason, 'INVALID_FIELD');
  assert.equal((await oriundo(['no-such-command'])).code, 2);
  assert.equal((await oriundo(['organization', 'get'])).code, 2);
});

test('no server: exit code 3', async () => {
  const { error } = await json(3, ['--timeout', '5', 'organization', 'get', 'club-tekax'], '127.0.0.1:1');
  assert.equal(error.code, 'UNAVAILABLE');
  assert.equal(error.exit_code, 3);
  assert.match(error.advice, /ORIUNDO_ADDRESS/);
});

test('help and completion work without a server', async () => {
  for (const args of [
    ['--help'],
    ['contribution', 'verify', '--help'],
    ['completion', 'bash'],
    ['completion', 'zsh'],
    ['completion', 'fish'],
  ]) {
    const result = await oriundo(args, '127.0.0.1:1');
    assert.equal(result.code, 0, args.join(' '));
    assert.ok(result.out.length > 100, args.join(' '));
  }
});
