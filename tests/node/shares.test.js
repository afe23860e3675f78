// Shares by PreviewShares and by statement: published figures (AT1 to AT4, AT6) and random ones.
'use strict';

const assert = require('node:assert/strict');
const { test, before, after } = require('node:test');
const {
  World,
  ROLES,
  PROGRAM,
  YEAR,
  minor,
  money,
  sum,
  organization,
  refused,
  requestId,
  column,
  checkBooks,
} = require('./lib/scene');
const { Random } = require('./lib/random');

const QUARTERS = [ROLES.FEDERAL, ROLES.STATE, ROLES.MUNICIPALITY, ROLES.CLUB];
const dues = (preview) => preview.shares.map((share) => BigInt(share.due_minor_units));
const deviations = (preview) => preview.shares.map((share) => BigInt(share.deviation_minor_units));

let world;
before(async () => {
  world = await World.create();
});
after(() => world.close());

test('AT1: Zacatecas 2025 at 40/35/25', async () => {
  await world.publishRule('mix-2025', [
    { ...ROLES.STATE, weight: '40' },
    { ...ROLES.MUNICIPALITY, weight: '35' },
    { ...ROLES.CLUB, weight: '25' },
  ]);
  const preview = await world.preview('mix-2025', minor('12,926,189.87'));
  assert.deepEqual(dues(preview), [517047595n, 452416645n, 323154747n]);
  assert.equal(preview.gap_minor_units, '1292618987');
});

test('AT2: Tekax passes at 100 and fails at 49', async () => {
  const mix = [{ ...ROLES.FEDERAL, weight: '2' }, ROLES.MUNICIPALITY, ROLES.CLUB];
  for (const [tolerance, complies] of [
    [100, true],
    [50, true],
    [49, false],
    [0, false],
  ]) {
    await world.publishRule(`tekax-${tolerance}`, mix, { tolerance_minor_units: String(tolerance) });
    const preview = await world.preview(`tekax-${tolerance}`, minor('1,413,734.00'), [70686700n, 35343300n, 35343300n]);
    assert.deepEqual(dues(preview), [70686700n, 35343350n, 35343350n]);
    assert.deepEqual(deviations(preview), [0n, -50n, -50n]);
    assert.equal(preview.gap_minor_units, '100');
    assert.equal(preview.complies, complies, `tolerance ${tolerance}`);
    assert.deepEqual(
      preview.shares.map((share) => share.complies),
      [true, complies, complies],
    );
  }
});

test('AT3: thirds give the odd units to the first in declared order', async () => {
  const state = { ...ROLES.STATE, cumulative_bps: [10000] };
  await world.publishRule('thirds-club-first', [ROLES.CLUB, state, ROLES.MUNICIPALITY]);
  assert.deepEqual(dues(await world.preview('thirds-club-first', minor('419,791.00'))), [
    13993034n,
    13993033n,
    13993033n,
  ]);
  await world.publishRule('thirds', [state, ROLES.MUNICIPALITY, ROLES.CLUB]);
  assert.deepEqual(dues(await world.preview('thirds', minor('1,993,768.00'))), [66458934n, 66458933n, 66458933n]);
});

test("AT4: the Jalpilla street keeps the municipality's excess apart", async () => {
  const paid = minor('291,439.85');
  const excess = minor('387,698.95') - paid;
  const total = 4n * paid;
  await world.publishRule('quarters', QUARTERS, { share_base: 'MATCHED' });
  const preview = await world.preview('quarters', total, [paid, paid, paid + excess, paid]);
  assert.equal(preview.confirmed_minor_units, '126201850');
  assert.equal(preview.matched_base_minor_units, '116575940');
  assert.deepEqual(
    preview.shares.map((share) => share.over_match_minor_units),
    ['0', '0', '9625910', '0'],
  );
  assert.equal(preview.shares[3].confirmed_share_bps, 2309);
  assert.equal(preview.complies, true);

  // The same as a project: the excess is a contribution of its own beside the tranche.
  await world.createPool(total);
  await world.agree('jalpilla', 'quarters', total, QUARTERS);
  await world.deposit('jalpilla', 'club', paid);
  await world.step('AuthorizeProject', 'jalpilla', 'sedesol/rules');
  await world.release('jalpilla', 'federal', 1, 'federal-1');
  await world.release('jalpilla', 'federal', 2, 'federal-2');
  await world.release('jalpilla', 'state', 1, 'state-1');
  await world.release('jalpilla', 'municipality', 1, 'municipality-1');
  await world.deposit('jalpilla', 'excess', excess, { party: 'town-tekax' });
  const statement = await checkBooks(world, 'jalpilla');
  assert.deepEqual(column(statement, 'confirmed_minor_units'), [paid, paid, paid + excess, paid]);
  assert.deepEqual(column(statement, 'over_match_minor_units'), [0n, 0n, 9625910n, 0n]);
  assert.deepEqual(column(statement, 'deviation_minor_units'), [0n, 0n, 9625910n, 0n]);
  assert.equal(statement.total_confirmed_minor_units, '126201850');
  assert.equal(statement.matched_base_minor_units, '116575940');
  assert.equal(statement.over_match_minor_units, '9625910');
  assert.equal(statement.gap_minor_units, '0');
  assert.equal(statement.box_minor_units, '126201850');
  assert.equal(statement.lines[3].confirmed_share_bps, 2309);
  assert.equal(statement.complies, true);
  // The press says 1,262,000; the ledger does not correct it.
  assert.equal(BigInt(statement.total_confirmed_minor_units) - minor('1,262,000.00'), 1850n);
});

test('AT5: quarters of 5,200,000.00 with a federal cap of 1,000,000.00, under each cap policy', async () => {
  const capped = [{ ...ROLES.FEDERAL, cap_minor_units: String(minor('1,000,000.00')) }, ...QUARTERS.slice(1)];
  const total = minor('5,200,000.00');
  await world.as('federation-mx/budget').program.IncreasePoolBudget({
    request_id: requestId(),
    name: `${PROGRAM}/pools/federation-mx-${YEAR}`,
    increase: money(minor('3,000,000.00')),
  });
  const expected = {
    SCALE_DOWN: ['4,000,000.00', ['1,000,000.00', '1,000,000.00', '1,000,000.00', '1,000,000.00']],
    RESIDUAL_PARTY: ['5,200,000.00', ['1,000,000.00', '1,300,000.00', '1,600,000.00', '1,300,000.00']],
    SPREAD: ['5,200,000.00', ['1,000,000.00', '1,400,000.00', '1,400,000.00', '1,400,000.00']],
  };
  for (const [policy, [left, shares]] of Object.entries(expected)) {
    const id = `at5-${policy.toLowerCase().replace('_', '-')}`;
    await world.publishRule(id, capped, {
      cap_policy: policy,
      residual_role: policy === 'RESIDUAL_PARTY' ? ROLES.MUNICIPALITY.role : '',
    });
    const preview = await world.preview(id, total);
    assert.equal(BigInt(preview.total_minor_units), minor(left), policy);
    assert.deepEqual(dues(preview), shares.map(minor), policy);
    assert.deepEqual(preview.violations, [], policy);
    // The project that the ledger keeps is the one that was shown.
    const project = await world.agree(id, id, total, QUARTERS);
    assert.equal(BigInt(project.total_minor_units), minor(left), policy);
    assert.deepEqual(
      project.parties.map((party) => BigInt(party.due_minor_units)),
      shares.map(minor),
      policy,
    );
  }
  await world.publishRule('at5-reject', capped);
  const preview = await world.preview('at5-reject', total);
  assert.match(preview.violations[0].description, /300,000\.00/);
});

test('AT6a, AT6b: tranches add up to the commitment', async () => {
  const half = (steps) => [{ ...ROLES.FEDERAL, cumulative_bps: steps }, ROLES.CLUB];
  await world.publishRule('steps-a', half([3000, 7000, 10000]));
  const a = await world.preview('steps-a', 2n * minor('353,433.50'));
  assert.deepEqual(a.shares[0].tranche_minor_units, ['10603005', '14137340', '10603005']);
  await world.publishRule('steps-b', half([3333, 6666, 10000]));
  const b = await world.preview('steps-b', 2n * minor('1,000,000.01'));
  assert.deepEqual(b.shares[0].tranche_minor_units, ['33330000', '33330000', '33340001']);
  assert.deepEqual(b.shares[1].tranche_minor_units, []);
});

test('caps and totals are named in words, and nothing is written', async () => {
  const capped = [{ ...ROLES.FEDERAL, cap_minor_units: '100000000' }, ROLES.STATE, ROLES.MUNICIPALITY, ROLES.CLUB];
  await world.publishRule('capped', capped, {
    total_minimum_minor_units: '1000',
    total_maximum_minor_units: '500000000',
  });
  const preview = await world.preview('capped', minor('5,200,000.00'));
  assert.equal(preview.violations.length, 2);
  const [total, federal] = preview.violations;
  assert.equal(total.reason, 'TOTAL_ABOVE_MAXIMUM');
  assert.match(total.description, /5,200,000\.00 MXN .*most of 5,000,000\.00 MXN.*200,000\.00 MXN/);
  assert.equal(federal.reason, 'OVER_CAP');
  assert.match(federal.description, /`federal` would owe 1,300,000\.00 MXN.*most 1,000,000\.00 MXN, 300,000\.00 MXN/);
  assert.equal(federal.figures.difference_minor_units, '30000000');
  const journal = () => world.as('sedesol/rules').audit.ListEntries({ page_size: 1 });
  const { sequence } = await journal();
  await world.preview('capped', 1000n);
  assert.equal((await journal()).sequence, sequence);
});

test('two clubs share a role as they agreed, and the bound counts both', async () => {
  await world.createOrganization('consulate-la/registrar', 'club-second', 'CLUB', 'US', 'federation-la');
  await world.register('consulate-la/registrar', 'club-second');
  const mix = [{ ...ROLES.FEDERAL, cumulative_bps: [10000] }, ROLES.CLUB];
  await world.publishRule('two-clubs', mix, { tolerance_minor_units: '0' });
  const parties = (first, second) => ({
    parties: [
      { role: 'federal', organization: organization('federation-mx') },
      { role: 'club', organization: organization('club-tekax'), due_minor_units: first },
      { role: 'club', organization: organization('club-second'), due_minor_units: second },
    ],
  });
  // Of 10.01 the federation owes 5.01 and the clubs together 5.00.
  await world.createProject('unequal', world.draft('two-clubs', 1001n, mix, parties('250', '251')));
  const error = await refused(world.submit('unequal'), 'FAILED_PRECONDITION', 'SHARES_DO_NOT_ADD_UP');
  assert.equal(error.metadata.sum_minor_units, '501');
  assert.equal(error.metadata.role_due_minor_units, '500');
  await world.increasePool(501n);
  await world.agree('two-clubs', 'two-clubs', 1001n, mix, parties('200', '300'));
  await world.deposit('two-clubs', 'first', 200n);
  await world.deposit('two-clubs', 'second', 150n, { party: 'club-second' });
  await world.step('AuthorizeProject', 'two-clubs', 'sedesol/rules');
  assert.equal(await world.release('two-clubs', 'federal', 1, 'federal-1'), 350n);
  const statement = await checkBooks(world, 'two-clubs');
  assert.deepEqual(column(statement, 'due_minor_units'), [501n, 200n, 300n]);
  assert.deepEqual(column(statement, 'gap_minor_units'), [151n, 0n, 150n]);
  assert.deepEqual(
    statement.lines.map((line) => line.complies),
    [false, true, false],
  );
});

test('random mixes: dues and tranches add up, each within one unit of the ideal', async () => {
  const random = new Random('shares');
  const kinds = [
    'FEDERAL_GOVERNMENT',
    'STATE_GOVERNMENT',
    'MUNICIPAL_GOVERNMENT',
    'PRIVATE_PARTNER',
    'MULTILATERAL_PARTNER',
  ];
  for (let run = 0; run < 40; ++run) {
    const count = Number(random.below(16n)) + 1;
    const clubAt = Number(random.below(BigInt(count)));
    const roles = [];
    for (let i = 0; i < count; ++i) {
      const weight = (random.below(random.below(4n) === 0n ? 1_000_000n : 100n) + 1n).toString();
      const steps = [
        ...new Set(Array.from({ length: Number(random.below(5n)) }, () => Number(random.below(9_999n)) + 1)),
      ].sort((a, b) => a - b);
      roles.push(
        i === clubAt
          ? { ...ROLES.CLUB, weight }
          : {
              role: `role-${i}`,
              kinds: [kinds[i % kinds.length]],
              weight,
              release_mode: 'PARTIAL',
              cumulative_bps: [...steps, 10000],
            },
      );
    }
    const tolerance = random.below(200n);
    await world.publishRule(`random-${run}`, roles, { tolerance_minor_units: tolerance.toString() });
    const weights = roles.map((role) => BigInt(role.weight));
    const all = sum(weights);
    for (let k = 0; k < 8; ++k) {
      const total = random.amount();
      const confirmed = weights.map((weight) =>
        random.below(3n) === 0n ? (total * weight) / all : random.below(total),
      );
      const preview = await world.preview(`random-${run}`, total, confirmed);
      const note = `${random.note} run ${run} total ${total}`;
      assert.equal(sum(dues(preview)), total, note);
      dues(preview).forEach((due, i) => {
        const off = due * all - total * weights[i];
        assert.ok(-all < off && off < all, `${note}: due ${i}`);
        const share = preview.shares[i];
        assert.equal(BigInt(share.deviation_minor_units), confirmed[i] - due, note);
        if (i !== clubAt) assert.equal(sum(share.tranche_minor_units), due, note);
        // Who gave nothing of what it owes is not forgiven it.
        const near = confirmed[i] > 0n && confirmed[i] * all >= total * weights[i] - tolerance * all;
        const complies = near || confirmed[i] >= due;
        assert.equal(share.complies, complies, `${note}: role ${i}`);
      });
      const gap = sum(dues(preview).map((due, i) => (confirmed[i] < due ? due - confirmed[i] : 0n)));
      assert.equal(BigInt(preview.gap_minor_units), gap, note);
      const base = weights
        .map((weight, i) => (confirmed[i] * all) / weight)
        .reduce((least, amount) => (amount < least ? amount : least));
      assert.equal(BigInt(preview.matched_base_minor_units), base, note);
      assert.equal(BigInt(preview.confirmed_minor_units), sum(confirmed), note);
    }
  }
});

test('amounts at the edges of the range', async () => {
  const edge = 10n ** 15n;
  const preview = await world.preview('quarters', edge, [edge, edge, edge, edge]);
  assert.equal(sum(dues(preview)), edge);
  assert.equal(preview.confirmed_minor_units, (4n * edge).toString());
  assert.deepEqual(dues(await world.preview('quarters', 1n)), [1n, 0n, 0n, 0n]);
  for (const amount of [0n, -1n, edge + 1n, 2n ** 63n - 1n, -(2n ** 63n)]) {
    const error = await refused(world.preview('quarters', amount), 'INVALID_ARGUMENT', 'INVALID_FIELD');
    assert.deepEqual([...new Set(error.fields.map(({ field }) => field))], ['total.minor_units'], `${amount}`);
  }
  const many = await refused(
    world.preview('quarters', 1n, [-1n, edge + 1n, 0n, 2n ** 63n - 1n]),
    'INVALID_ARGUMENT',
    'INVALID_FIELD',
  );
  assert.deepEqual(
    many.fields.map((field) => field.field),
    ['confirmed_minor_units[0]', 'confirmed_minor_units[1]', 'confirmed_minor_units[3]'],
  );
  await refused(world.preview('quarters', 1n, [1n]), 'INVALID_ARGUMENT', 'INVALID_FIELD');
  const missing = await refused(world.preview('no-such', 1n), 'NOT_FOUND', 'RULE_VERSION_NOT_FOUND');
  assert.equal(missing.metadata.name, `${PROGRAM}/versions/no-such`);
});
