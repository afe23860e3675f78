// A catalogue of communities at its true size: INEGI's municipalities of Mexico, imported, cut off, and imported again.
'use strict';

const assert = require('node:assert/strict');
const { spawn } = require('node:child_process');
const fs = require('node:fs');
const os = require('node:os');
const path = require('node:path');
const { test, before, after } = require('node:test');
const { Server } = require('../node/lib/server');

const PROGRAM = path.join(process.env.ORIUNDO_BUILD ?? '', 'bin/oriundo');
const DATA = process.env.ORIUNDO_TEST_DATA;
const CATALOGUE = DATA && path.join(DATA, 'mx_municipalities_inegi.csv');
const COLUMNS = ['--country', 'MX', '--column', 'region_code=state_code', '--column', 'display_name=municipality'];

let server;
before(async () => {
  server = await Server.start();
});
after(async () => {
  await server.stop();
  server.remove();
});

// Runs the program; resolves to its exit code and what it printed. `killAfter` milliseconds end it before it is through.
function oriundo(args, killAfter) {
  return new Promise((resolve, reject) => {
    const child = spawn(PROGRAM, ['--as', 'administrator/root', ...args], {
      env: { ...process.env, ORIUNDO_ADDRESS: server.address, LANG: 'C', LC_ALL: 'C' },
    });
    const result = { out: '', err: '' };
    child.stdout.on('data', (text) => (result.out += text));
    child.stderr.on('data', (text) => (result.err += text));
    child.on('error', reject);
    child.on('close', (code) => resolve({ code, ...result }));
    if (killAfter !== undefined) setTimeout(() => child.kill('SIGKILL'), killAfter);
  });
}

test('a small catalogue is imported once, changes are saved, and faults are told with line and column', async () => {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'oriundo-places-'));
  try {
    const file = path.join(folder, 'places.csv');
    const write = (text) => fs.writeFileSync(file, `code,country_code,display_name,marginalisation_band,priority\n${text}`);
    write('31079,MX,Tekax,HIGH,true\n32049,MX,Valparaíso,MEDIUM,false\n');
    const dry = await oriundo(['community', 'import', file, '--dry-run']);
    assert.equal(dry.out, '2 would be applied, 0 already there, 0 refused, 0 not tried\n');
    assert.equal((await oriundo(['community', 'import', file])).out, '2 applied, 0 already there, 0 refused, 0 not tried\n');
    assert.equal((await oriundo(['community', 'import', file])).out, '0 applied, 2 already there, 0 refused, 0 not tried\n');
    write('31079,MX,Tekax,LOW,true\n32049,MX,Valparaíso,MEDIUM,false\n');
    assert.equal((await oriundo(['community', 'import', file])).out, '1 applied, 1 already there, 0 refused, 0 not tried\n');
    // Back to what it was first: saved again, although the same was asked for once before.
    write('31079,MX,Tekax,HIGH,true\n32049,MX,Valparaíso,MEDIUM,false\n');
    assert.equal((await oriundo(['community', 'import', file])).out, '1 applied, 1 already there, 0 refused, 0 not tried\n');
    const { communities } = JSON.parse((await oriundo(['--json', 'community', 'list'])).out);
    assert.deepEqual(communities.map((one) => [one.name, one.display_name, one.marginalisation_band]), [
      ['communities/31079', 'Tekax', 'MARGINALISATION_HIGH'],
      ['communities/32049', 'Valparaíso', 'MARGINALISATION_MEDIUM'],
    ]);
    write('31079,MX,Tekax,STEEP,true\n');
    const wrong = await oriundo(['community', 'import', file]);
    assert.equal(wrong.code, 2);
    assert.match(wrong.err, /places\.csv:2:16/);
  } finally {
    fs.rmSync(folder, { recursive: true });
  }
});

const skip = CATALOGUE ? false : 'ORIUNDO_TEST_DATA names no folder with mx_municipalities_inegi.csv';
test('all 2,478 municipalities of Mexico go in, also where the first import is killed', { skip }, async () => {
  await oriundo(['community', 'import', CATALOGUE, ...COLUMNS], 1_000);
  const report = JSON.parse((await oriundo(['--json', 'community', 'import', CATALOGUE, ...COLUMNS])).out);
  assert.equal(report.applied + report.already_there, 2_478);
  assert.equal(report.refused, 0);
  const again = JSON.parse((await oriundo(['--json', 'community', 'import', CATALOGUE, ...COLUMNS])).out);
  assert.deepEqual([again.applied, again.already_there], [0, 2_478]);
  const yucatan = JSON.parse((await oriundo(['--json', 'community', 'list', '--all', '--filter', 'region_code = "31"'])).out);
  assert.equal(yucatan.communities.length, 106);
});
