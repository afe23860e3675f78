// Adds up what the ledger says of a replayed year and compares it with what was published, to the centavo. Called by
// tests/year/run.
'use strict';

const assert = require('node:assert/strict');
const fs = require('node:fs');

const [projectsFile, poolsFile, reportFile, count] = process.argv.slice(2);
const { projects } = JSON.parse(fs.readFileSync(projectsFile, 'utf8'));
const { pools } = JSON.parse(fs.readFileSync(poolsFile, 'utf8'));
const report = JSON.parse(fs.readFileSync(reportFile, 'utf8'));

const FEDERAL = 70_421_000_000n;
const TOTAL = 281_682_000_000n;
const sum = (amounts) => amounts.reduce((total, amount) => total + BigInt(amount), 0n);
const pesos = (centavos) => `${centavos / 100n}.${String(centavos % 100n).padStart(2, '0')} MXN`;
const parties = projects.flatMap((project) => project.parties);
const of = (field, role) => sum(parties.filter((party) => !role || party.role === role).map((party) => party[field]));

assert.equal(projects.length, Number(count));
assert.deepEqual([...new Set(projects.map((project) => project.state))], ['CLOSED']);
const clubs = new Set(projects.map((project) => project.club));
const fillersOf = (role) => new Set(parties.filter((party) => party.role === role).map((party) => party.organization));
console.log(
  `${projects.length} projects closed, ${clubs.size} clubs, ${fillersOf('municipality').size} municipalities, ${fillersOf('state').size} states`,
);
if (projects.length === 2457)
  assert.deepEqual([clubs.size, fillersOf('municipality').size, fillersOf('state').size], [797, 564, 27]);

for (const role of ['federal', 'state', 'municipality', 'club'])
  console.log(`${role.padEnd(13)} ${pesos(of('paid_in_minor_units', role)).padStart(22)}`);
console.log(`${'all'.padEnd(13)} ${pesos(of('paid_in_minor_units')).padStart(22)}`);
assert.equal(of('paid_in_minor_units', 'federal'), FEDERAL, 'the federal budget as published: 704.21 million');
assert.equal(of('paid_in_minor_units'), TOTAL, 'the total investment as published: 2,816.82 million');

// Received by tranche and beyond it; all of it spent, nothing left, owed or returned.
const received = of('received_minor_units', 'federal');
const over = of('over_match_minor_units', 'federal');
assert.equal(received + over, FEDERAL);
assert.equal(of('over_match_minor_units'), over, 'nobody else gave more than its quarter');
console.log(`of the federal part ${pesos(received)} in tranches and ${pesos(over)} beyond its quarters`);
assert.equal(of('verified_minor_units', 'club'), of('paid_in_minor_units', 'club'));
assert.equal(of('spent_minor_units'), TOTAL);
assert.equal(sum(projects.map((project) => project.spent_minor_units)), TOTAL);
for (const field of ['left', 'payable', 'receivable', 'refunded', 'taken_back', 'proposed', 'declared'])
  assert.equal(of(`${field}_minor_units`), 0n, field);
for (const project of projects)
  assert.equal(
    sum(project.parties.map((party) => party.due_minor_units)),
    BigInt(project.total_minor_units),
    project.name,
  );
const [pool] = pools;
assert.equal(BigInt(pool.budget_minor_units), FEDERAL);
assert.equal(BigInt(pool.released_minor_units), received);

// The import's own report says the same: every figure compared, none that does not fit but the federal excess.
assert.equal(report.projects.written + report.projects.already_there, projects.length);
assert.deepEqual(report.problems, []);
const differing = report.figures.filter((figure) => figure.difference_minor_units !== '0');
assert.deepEqual([...new Set(differing.map((figure) => figure.check))].sort(), [
  'deviation from the due',
  'over-match',
]);
assert.equal(
  sum(differing.filter((figure) => figure.check === 'over-match').map((figure) => figure.difference_minor_units)),
  over,
);
assert.equal(BigInt(report.in_ledger.MXN.spent_minor_units), TOTAL);
console.log(`${report.figures.length} figures compared by the import; the sums are the published ones to the centavo`);
