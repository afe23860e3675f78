// Writes a year of the federal 3x1 programme at its true size as CSV files:
// node tests/year/generate.js FOLDER [--projects N] [--seed S].
//
// Published of 2008 (IOM, Engagement of the Diasporas of Central America and Mexico, Table 15): 2,457 projects of 797
// clubs in 564 municipalities of 27 states, 704.21 million MXN of federal budget and 2,816.82 million in all. Not
// published: any single project. So every project, place and name here is made up, says so, and follows from the seed;
// what is real is what they add up to, exactly.
//
// 2,816.82 is 0.02 less than four times 704.21, so that plain quarters cannot give both. What the other three parties
// gave is 2,112.61, of which each quarter is 704.203333. The projects are therefore agreed for quarters of that, to the
// centavo, and what the federation gave beyond its quarters (6,666.66 MXN) stands in twenty projects as its voluntary
// excess: the rule allows it, and the ledger shows it as over-match. With N below 2,457 clubs, municipalities and states
// shrink alike and the money stays the same.
'use strict';

const crypto = require('node:crypto');
const fs = require('node:fs');
const path = require('node:path');

const PUBLISHED = { projects: 2457, clubs: 797, municipalities: 564, states: 27 };
// Centavos.
const FEDERAL = 70_421_000_000n;
const TOTAL = 281_682_000_000n;
const PROJECTS_WITH_EXCESS = 20;
const CATEGORIES = ['INFRASTRUCTURE', 'EQUIPMENT', 'COMMUNITY_SERVICES'];

const { values, positionals } = require('node:util').parseArgs({
  allowPositionals: true,
  options: { projects: { type: 'string', default: String(PUBLISHED.projects) }, seed: { type: 'string' } },
});
const [folder] = positionals;
const count = Number(values.projects);
if (folder === undefined || !Number.isInteger(count) || count < 1 || count > PUBLISHED.projects) {
  console.error('usage: node tests/year/generate.js FOLDER [--projects 1..2457] [--seed TEXT]');
  process.exit(2);
}
const seed = values.seed ?? crypto.randomBytes(6).toString('hex');
console.log(`seed ${seed}`);

let counter = 0;
// From 0 to limit - 1, of the seed. Integers only.
function below(limit) {
  const digest = crypto.createHash('sha256').update(`${seed}/${counter++}`).digest();
  return Number(digest.readBigUInt64BE() % BigInt(limit));
}
const scaled = (of) => Math.max(1, Math.ceil((of * count) / PUBLISHED.projects));
const states = scaled(PUBLISHED.states);
const municipalities = Math.max(states, scaled(PUBLISHED.municipalities));
const clubs = Math.max(municipalities, scaled(PUBLISHED.clubs));
const numbered = (prefix, number, digits) => `${prefix}-${String(number + 1).padStart(digits, '0')}`;
const decimal = (centavos) => `${centavos / 100n}.${String(centavos % 100n).padStart(2, '0')}`;

// `total` in parts by weight; what rounding leaves goes one centavo each to the earliest.
function apportion(total, weights) {
  const all = weights.reduce((sum, weight) => sum + weight, 0n);
  const parts = weights.map((weight) => (total * weight) / all);
  const left = total - parts.reduce((sum, part) => sum + part, 0n);
  return parts.map((part, i) => part + (BigInt(i) < left ? 1n : 0n));
}

// Others' dues are three quarters each and, in one project, the centavo or two that three do not divide.
const others = TOTAL - FEDERAL;
const odd = Number(others % 3n);
const quarters = apportion(
  others / 3n,
  Array.from({ length: count }, () => BigInt((20 + below(81)) * (20 + below(81)))),
);
const federalDue = others / 3n + (odd > 0 ? 1n : 0n);
const excess = new Map();
const chosen = new Set();
while (chosen.size < Math.min(PROJECTS_WITH_EXCESS, count)) chosen.add(below(count));
const shares = apportion(
  FEDERAL - federalDue,
  Array.from(chosen, () => 1n),
);
[...chosen].forEach((project, i) => excess.set(project, shares[i]));

function write(name, header, rows) {
  fs.writeFileSync(path.join(folder, name), [header, ...rows].map((row) => `${row.join(',')}\n`).join(''));
}
fs.mkdirSync(folder, { recursive: true });
const stateOf = (municipality) => municipality % states;
// Every municipality has a club, and every club a project.
const homes = Array.from({ length: clubs }, (_, club) => (club < municipalities ? club : below(municipalities)));
write(
  'states.csv',
  ['id', 'executor', 'name'],
  Array.from({ length: states }, (_, i) => [
    numbered('estado', i, 2),
    numbered('obras', i, 2),
    `Estado sintetico ${i + 1}`,
  ]),
);
write(
  'municipalities.csv',
  ['id', 'name'],
  Array.from({ length: municipalities }, (_, i) => [numbered('municipio', i, 3), `Municipio sintetico ${i + 1}`]),
);
write(
  'clubs.csv',
  ['id', 'folio', 'name'],
  homes.map((_, i) => [numbered('club', i, 3), numbered('SYN-2008', i, 3), `Club sintetico ${i + 1}`]),
);
write(
  'projects.csv',
  [
    'id',
    'title',
    'category',
    'locality',
    'state',
    'municipality',
    'club',
    'executor',
    'agreed_total',
    'federal',
    'state_part',
    'municipal',
    'club_part',
  ],
  quarters.map((quarter, i) => {
    const club = i < clubs ? i : below(clubs);
    const municipality = homes[club];
    const state = stateOf(municipality);
    // Quarters with a rest of two or three centavos: the earlier roles of the rule get them.
    const rest = i === 0 && odd > 0 ? BigInt(odd + 1) : 0n;
    const part = (role) => quarter + (BigInt(role) < rest ? 1n : 0n);
    return [
      numbered('obra-2008', i, 4),
      `Obra sintetica ${i + 1} de 2008`,
      CATEGORIES[below(CATEGORIES.length)],
      numbered('SYN', municipality, 3),
      numbered('estado', state, 2),
      numbered('municipio', municipality, 3),
      numbered('club', club, 3),
      below(4) === 0 ? numbered('obras', state, 2) : numbered('municipio', municipality, 3),
      decimal(4n * quarter + rest),
      decimal(part(0) + (excess.get(i) ?? 0n)),
      decimal(part(1)),
      decimal(part(2)),
      decimal(part(3)),
    ];
  }),
);
