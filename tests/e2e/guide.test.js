// The guide of deploy/README.md and the examples of client/README.md run as they are written, on an empty folder.
'use strict';

const assert = require('node:assert/strict');
const { spawnSync } = require('node:child_process');
const fs = require('node:fs');
const net = require('node:net');
const os = require('node:os');
const path = require('node:path');
const { test, before, after } = require('node:test');

const ROOT = path.resolve(__dirname, '../..');

// The commands of a section: its indented lines.
function commands(file, heading) {
  const text = fs.readFileSync(path.join(ROOT, file), 'utf8');
  const section = text.split(/^(?=## )/m).find((part) => part.startsWith(`## ${heading}\n`));
  assert.ok(section, `${file} has no section "${heading}"`);
  return section
    .split('\n')
    .filter((line) => line.startsWith('    '))
    .map((line) => line.slice(4));
}

// The lines with the one line that begins with `start` replaced: where the ledger lies is the reader's choice.
function replaced(lines, start, line) {
  assert.equal(lines.filter((candidate) => candidate.startsWith(start)).length, 1, start);
  return lines.map((candidate) => (candidate.startsWith(start) ? line : candidate));
}

function freePort() {
  return new Promise((resolve) => {
    const server = net.createServer().listen(0, '127.0.0.1', () => {
      const { port } = server.address();
      server.close(() => resolve(port));
    });
  });
}

let folder;
let run;
before(async () => {
  assert.ok(process.env.ORIUNDO_BUILD, 'ORIUNDO_BUILD must name the build folder');
  folder = fs.mkdtempSync(path.join(os.tmpdir(), 'oriundo-guide-'));
  let guide = commands('deploy/README.md', 'A ledger of your own');
  guide = replaced(guide, 'ledger=', `ledger=${folder}/ledger`);
  guide = replaced(guide, 'export ORIUNDO_ADDRESS=', `export ORIUNDO_ADDRESS=127.0.0.1:${await freePort()}`);
  guide = replaced(guide, 'export PATH=', `export PATH="${process.env.ORIUNDO_BUILD}/bin:$PATH"`);
  const stop = guide.findIndex((line) => line.startsWith('kill "$server"'));
  assert.ok(stop > 0);
  const client = [...commands('client/README.md', 'Using it'), ...commands('client/README.md', 'Importing')];
  guide.splice(stop, 0, 'echo "== client/README.md"', ...client, 'echo "== stop"');
  const script = ['trap \'kill "${server:-}" 2>/dev/null || true\' EXIT', ...guide].join('\n');
  run = spawnSync('bash', ['-euxo', 'pipefail', '-c', script], {
    cwd: ROOT,
    encoding: 'utf8',
    maxBuffer: 1 << 26,
    env: { ...process.env, LANG: 'C', LC_ALL: 'C', XDG_CONFIG_HOME: `${folder}/config` },
  });
  assert.equal(run.status, 0, `the guide ended with ${run.status}:\n${run.stdout}\n${run.stderr}`);
});
after(() => fs.rmSync(folder, { recursive: true, force: true }));

test('the guide leads a project from its draft to its closing, with nothing missing and nothing left', () => {
  assert.match(run.stdout, /^Project road-1: Road to the school$/m);
  assert.match(run.stdout, /^State CLOSED\. Amounts in MXN\./m);
  assert.match(run.stdout, /^due +200,000\.00 +175,000\.00 +125,000\.00 +500,000\.00$/m);
  assert.match(run.stdout, /^deviation +0\.00 +0\.00 +0\.00 +0\.00$/m);
  assert.match(run.stdout, /^Every party has given what is due\.$/m);
  assert.match(run.stdout, /^The box holds 0\.00 MXN; 500,000\.00 MXN are spent/m);
});

test('the guide shows the trail both ways and checks the ledger clean', () => {
  assert.match(run.stdout, /^contributions\/deposit-1 +SPENT +expenditures\/invoice-1 /m);
  assert.match(run.stdout, /^releases\/estado-zacatecas-2 +SPENT +expenditures\/invoice-2 /m);
  assert.match(run.stdout, /: clean$/m);
});

test('the statements of the guide say the same in every form', () => {
  assert.match(run.stdout, /^Estado de cuenta del club Our club \(club\)$/m);
  assert.match(run.stdout, /^road-1 +500,000\.00 +125,000\.00 +125,000\.00 +125,000\.00 +0\.00$/m);
  assert.match(run.stdout, /^total investment due +500,000\.00$/m);
  assert.match(run.stdout, /^projects +0 +2,457 +-2,457$/m);
  const [header, ...lines] = fs.readFileSync(`${folder}/ledger.papers/clubs.csv`, 'utf8').trimEnd().split('\n');
  assert.equal(lines.length, 1);
  const cells = Object.fromEntries(header.split(',').map((name, i) => [name, lines[0].split(',')[i]]));
  assert.deepEqual([cells.organization, cells.due_minor_units, cells.due], ['club', '12500000', '125000.00']);
  const page = fs.readFileSync(`${folder}/ledger.papers/state.html`, 'utf8');
  assert.match(page, /^<!DOCTYPE html>\n<html lang="es">/);
  assert.match(page, /data-label="le toca">200,000\.00</);
});

test('the guide publishes a rule with a condition on a tranche and shows it', () => {
  assert.match(run.stdout, /^applied: rule zacatecas-2x1\/by-progress$/m);
  assert.match(run.stdout, /^state .*none, 50\.00 % verified \+ until 11-30/m);
});

test('every document of the guide has its salt told once', () => {
  const told = run.stderr.match(/^Document .*: salt [0-9a-f]{64}$/gm);
  assert.ok(told.length >= 10);
  assert.equal(new Set(told).size, told.length);
});

test('the examples of the import report the known differences of the files', () => {
  assert.match(run.stdout, /^dry run, nothing written +would be written/m);
  assert.match(
    run.stdout,
    /^2 total +projects\/tekax-2014 +parts against total +1413734 +1,413,733\.00 MXN +-1\.00 MXN/m,
  );
  assert.match(run.stdout, /^-? +investment of all years +16823670 +16,823,669\.00 USD +-1\.00 USD/m);
  assert.match(run.stdout, /"difference_minor_units": "2000000"/);
  assert.match(fs.readFileSync(`${folder}/ledger-press.csv`, 'utf8'), /,4219998,4218999\.00,-999\.00,-99900,MXN,/);
});
