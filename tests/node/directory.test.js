// The directory: a club whose name was forged, its feed, endorsements, mergers and the places where a rule pays.
'use strict';

const assert = require('node:assert/strict');
const { test, before, after } = require('node:test');
const scene = require('./lib/scene');
const { World, ROLES, OFFICE, CONSULATE, FEDERATION, CLUB_TREASURER, VERIFIER, ADMINISTRATOR, organization, refused, requestId, day } =
  scene;

const HALVES = [{ ...ROLES.STATE, cumulative_bps: [10000] }, ROLES.CLUB];

let world;
before(async () => {
  world = await World.create();
  await world.publishRule('halves', HALVES);
});
after(() => world.close());

const about = (method, who, id, rest = {}) =>
  world.as(who).directory[method]({ request_id: requestId(), name: organization(id), ...rest });
const because = { reason: { text: 'because' } };
const get = (id) => world.as(OFFICE).directory.GetOrganization({ name: organization(id) });
const feed = (id, rest = {}) => world.listAll('directory', 'ListOrganizationFeed', 'rows', { name: organization(id), ...rest });

// Five projects on a forged signature (San Salvador, Hidalgo, 2018): the club sees what was done in its name and stops the money.
test('a club sees what was done in its name, disputes it, and no money moves until an authority lifts that', async () => {
  await world.agree('forged', 'halves', 1000n * 100n, HALVES);
  await world.declare('forged', 'd1', 40000, { who: FEDERATION });
  await world.verify('forged', 'd1', 40000);
  await world.step('AuthorizeProject', 'forged', OFFICE);
  await world.propose('forged', 'state', 1, 's1', 10000);
  const rows = await feed('club-tekax');
  const declared = rows.find((row) => row.event === 'contribution_declared' && row.project === 'projects/forged');
  assert.equal(declared.actor, organization('federation-la'));
  assert.equal(declared.amount.minor_units, '40000');
  assert.equal(declared.needs_attention, true);
  assert.ok(rows.some((row) => row.event === 'project_approved'));
  await about('DisputeRegistration', CLUB_TREASURER, 'club-tekax', because);
  assert.equal((await get('club-tekax')).registration_state, 'DISPUTED');
  await refused(world.approveProposal('forged', 'propose-s1'), 'FAILED_PRECONDITION', 'REGISTRATION_FROZEN');
  await refused(world.propose('forged', 'state', 1, 's2', 1), 'FAILED_PRECONDITION', 'REGISTRATION_FROZEN');
  await world.declare('forged', 'd2', 100, { who: FEDERATION });
  await refused(world.verify('forged', 'd2', 100), 'FAILED_PRECONDITION', 'REGISTRATION_FROZEN');
  await refused(about('ReinstateRegistration', CLUB_TREASURER, 'club-tekax', because), 'PERMISSION_DENIED', 'ACTOR_NOT_ALLOWED');
  await about('ReinstateRegistration', CONSULATE, 'club-tekax', because);
  await world.verify('forged', 'd2', 100);
  // What the club has looked at needs no attention any more, and its federation still has it in its own feed.
  const last = (await feed('club-tekax')).at(-1).sequence;
  await about('AcknowledgeFeed', CLUB_TREASURER, 'club-tekax', { through_sequence: last });
  assert.ok((await feed('club-tekax')).every((row) => !row.needs_attention));
  assert.deepEqual(
    (await feed('club-tekax', { unacknowledged_only: true })).map((row) => row.event),
    ['feed_acknowledged'],
  );
  const federations = await feed('federation-la', { page_size: 4 });
  assert.ok(federations.some((row) => row.organization === organization('club-tekax') && row.event === 'contribution_verified'));
});

test('an application is turned down and issued, a folio is given once, and a renewal says why', async () => {
  await world.createOrganization(CONSULATE, 'club-young', 'CLUB', 'US', 'federation-la');
  await about('SubmitRegistration', 'club-young/president', 'club-young');
  await about('RejectRegistration', CONSULATE, 'club-young', because);
  assert.equal((await get('club-young')).registration_state, 'REJECTED');
  const note = (folio, rest = {}) => ({ registration: { folio, valid_from: day(-1), valid_to: day(700), ...rest } });
  await refused(about('RegisterOrganization', FEDERATION, 'club-young', note('LA-CLUB-TEKAX')), 'FAILED_PRECONDITION', 'FOLIO_TAKEN');
  await about('RegisterOrganization', FEDERATION, 'club-young', note('LA-YOUNG'));
  await refused(about('RegisterOrganization', FEDERATION, 'club-young', note('LA-YOUNG-2')), 'INVALID_ARGUMENT', 'INVALID_FIELD');
  await about('RegisterOrganization', FEDERATION, 'club-young', note('LA-YOUNG-2', { cause: 'CHANGE_OF_BOARD' }));
  assert.equal((await get('club-young')).registration_expired, false);
});

test('a renamed and merged club shows its former names and its successor, and its directory entries go stale', async () => {
  await world.createOrganization(CONSULATE, 'club-old', 'CLUB', 'US', 'federation-la');
  await about('RenameOrganization', 'club-old/president', 'club-old', { display_name: 'Club Nuevo' });
  await about('RecordDirectoryEntry', CONSULATE, 'club-old', {
    directory_entry: { source: 'IME', external_id: '17', self_registered: true, last_verified_date: day(-1000), size_band: 'MEMBERS_10_TO_24' },
  });
  await about('ProposeMerge', 'club-old/president', 'club-old', { successor: organization('club-young'), ...because });
  await about('AcceptMerge', 'club-young/president', 'club-old');
  const old = await get('club-old');
  assert.equal(old.display_name, 'Club Nuevo');
  assert.deepEqual(old.former_names.map((name) => name.display_name), ['Test club-old']);
  assert.equal(old.successor, organization('club-young'));
  assert.equal(old.directory_entries[0].stale, true);
  assert.equal(old.directory_stale, true);
  assert.deepEqual((await get('club-young')).predecessors, [organization('club-old')]);
  const stale = await world.as(OFFICE).directory.ListOrganizations({ filter: 'directory_stale = true' });
  assert.deepEqual(stale.organizations.map(({ name }) => name), [organization('club-old')]);
});

test('a rule pays in eligible communities and for endorsed clubs only', async () => {
  await world.publishRule('choosy', HALVES, {
    endorsement_required: true,
    eligible_bands: ['MARGINALISATION_HIGH', 'MARGINALISATION_VERY_HIGH'],
    priority_only: true,
  });
  const save = (who, { etag, ...community }) =>
    world.as(who).directory.SaveCommunity({
      request_id: requestId(),
      name: 'communities/31-079',
      etag,
      community: { country_code: 'MX', display_name: 'Tekax', ...community },
    });
  const draft = { ...world.draft('choosy', 1000n * 100n, HALVES), locality_code: '31-079', category: 'EQUIPMENT' };
  const create = (id) => world.createProject(id, draft);
  await refused(create('placed'), 'NOT_FOUND', 'COMMUNITY_NOT_FOUND');
  await refused(save(CLUB_TREASURER, {}), 'PERMISSION_DENIED', 'ACTOR_NOT_ALLOWED');
  const keeper = organization(OFFICE.split('/')[0]);
  const first = await save(ADMINISTRATOR, { marginalisation_band: 'MARGINALISATION_LOW', priority: true, keeper });
  assert.equal(first.keeper, keeper);
  await refused(create('placed'), 'FAILED_PRECONDITION', 'COMMUNITY_NOT_ELIGIBLE');
  const high = { marginalisation_band: 'MARGINALISATION_HIGH', priority: true, band_year: 2010, band_source: 'CONAPO' };
  await refused(save(OFFICE, high), 'ABORTED', 'ETAG_MISMATCH');
  await save(OFFICE, { ...high, etag: first.etag });
  await create('placed');
  await refused(world.submit('placed'), 'FAILED_PRECONDITION', 'ENDORSEMENT_MISSING');
  await about('EndorseOrganization', FEDERATION, 'club-tekax', { endorsement: { valid_from: day(-1), valid_to: day(300) } });
  await world.submit('placed');
  const { communities } = await world.as(VERIFIER).directory.ListCommunities({ filter: 'priority = true AND band_year = 2010' });
  assert.deepEqual(communities.map(({ display_name }) => display_name), ['Tekax']);
  const earlier = await world.as(VERIFIER).directory.GetCommunity({
    name: 'communities/31-079',
    known_at: { sequence: communities[0].create_sequence },
  });
  assert.equal(earlier.marginalisation_band, 'MARGINALISATION_LOW');
});

test('a club changes its federation once that one takes it, and a mirror club countersigns and objects', async () => {
  await world.createOrganization(CONSULATE, 'federation-sd', 'FEDERATION', 'US');
  await about('RegisterOrganization', CONSULATE, 'federation-sd', {
    registration: { folio: 'SD-1', valid_from: day(-1), valid_to: day(700) },
  });
  await about('ChangeFederation', 'club-young/president', 'club-young', { federation: organization('federation-sd') });
  assert.equal((await get('club-young')).parent, organization('federation-la'));
  await refused(about('AcceptClub', FEDERATION, 'club-young'), 'FAILED_PRECONDITION', 'FEDERATION_CHANGE_NOT_PROPOSED');
  await about('AcceptClub', 'federation-sd/president', 'club-young');
  assert.equal((await get('club-young')).parent, organization('federation-sd'));
  // The federation that it left has read of it.
  assert.ok((await feed('federation-la')).some((row) => row.event === 'federation_changed'));

  await world.createOrganization(CONSULATE, 'espejo-tekax', 'MIRROR_CLUB', 'MX', 'club-tekax');
  const projects = world.as('espejo-tekax/president').project;
  const object = (id) =>
    projects.ObjectToProject({
      request_id: requestId(),
      name: 'projects/forged',
      objection_id: id,
      reason: { text: 'half of the stones are missing' },
    });
  const project = await object('stones');
  assert.deepEqual(project.objections.map(({ objection_id, reason }) => [objection_id, reason]), [
    ['stones', 'half of the stones are missing'],
  ]);
  await refused(object('stones'), 'ALREADY_EXISTS', 'NAME_TAKEN');
  assert.ok((await feed('state-yucatan')).some((row) => row.event === 'project_objected'));
  const statement = await world.as(OFFICE).ledger.GetProjectStatement({ name: 'projects/forged' });
  assert.equal(statement.project.objections.length, 1);
  await projects.WithdrawObjection({ request_id: requestId(), name: 'projects/forged', objection_id: 'stones', ...because });
  // A refused call says in the feed what it was and why it was refused.
  const row = (await feed('club-tekax')).find(({ event }) => event === 'refused');
  assert.ok(row.refused_method.length > 0 && row.refusal_reason.length > 0);
});

test('a project of two clubs counts once for a yearly limit when they are merged', async () => {
  const CLUBS = { cumulative_caps: [{ scope: 'CLUB_YEAR', projects_max: '2' }] };
  await world.publishRule('two-a-year', HALVES, CLUBS);
  for (const id of ['club-este', 'club-oeste']) {
    await world.createOrganization(CONSULATE, id, 'CLUB', 'US', 'federation-la');
    await about('RegisterOrganization', CONSULATE, id, {
      registration: { folio: id.toUpperCase(), valid_from: day(-1), valid_to: day(700) },
    });
  }
  const draft = world.draft('two-a-year', 2000n, HALVES);
  const [state] = draft.parties;
  const club = (id, due) => ({ role: 'club', organization: organization(id), due_minor_units: String(due) });
  const approve = async (id, parties) => {
    const owner = parties[1].organization.split('/')[1];
    await world.createProject(id, { ...draft, club: organization(owner), parties, category: 'EQUIPMENT' }, `${owner}/president`);
    await world.step('SubmitProject', id, `${owner}/president`);
    await world.step('PrevalidateProject', id, OFFICE);
    return world.step('ApproveProject', id, OFFICE, {});
  };
  await approve('both', [state, club('club-este', 400), club('club-oeste', 600)]);
  await about('ProposeMerge', 'club-este/president', 'club-este', { successor: organization('club-oeste'), ...because });
  await about('AcceptMerge', 'club-oeste/president', 'club-este');
  await approve('second', [state, club('club-oeste', 1000)]);
  const tally = (id) => world.as(OFFICE).program.GetTally({ name: `${draft.program}/tallies/club-${id}-${draft.fiscal_year}` });
  const [east, west] = [await tally('club-este'), await tally('club-oeste')];
  assert.equal(east.project_count, '1');
  assert.equal(west.together_project_count, '2');
  assert.equal(west.together_matched_minor_units, '2000');
  assert.deepEqual(west.shared_projects.map(({ project }) => project), ['projects/both']);
  const error = await refused(
    approve('third', [state, club('club-oeste', 1000)]),
    'FAILED_PRECONDITION',
    'CUMULATIVE_CAP_EXCEEDED',
  );
  assert.equal(error.metadata.would_be, '3');
});
