#include <algorithm>

#include "server/base/ids.h"
#include "server/base/limits.h"
#include "server/ledger/decide.h"
#include "server/ledger/directory_limits.h"

namespace oriundo {
namespace {

bool IsAnyOf(v1::OrganizationKind kind, std::initializer_list<v1::OrganizationKind> kinds) {
  for (v1::OrganizationKind candidate : kinds) {
    if (kind == candidate) return true;
  }
  return false;
}

// Who may create an organisation of which kind.
bool MayCreate(const v1::Organization& actor, const v1::Organization& created) {
  switch (actor.kind()) {
    case v1::ADMINISTRATOR:
      return created.kind() != v1::ADMINISTRATOR;
    case v1::CONSULATE:
    case v1::PROGRAM_OFFICE:
      return IsAnyOf(created.kind(), {v1::CLUB, v1::MIRROR_CLUB, v1::FEDERATION, v1::CONFEDERATION, v1::COMMITTEE});
    case v1::FEDERATION:
      // A mirror club stands below the federation's club, which Decide checks.
      return (created.kind() == v1::CLUB && created.parent() == actor.name()) || created.kind() == v1::MIRROR_CLUB;
    default:
      return false;
  }
}

// The kinds of parent that an organisation may name.
bool ParentFits(v1::OrganizationKind kind, v1::OrganizationKind parent) {
  switch (kind) {
    case v1::CLUB: return parent == v1::FEDERATION;
    case v1::FEDERATION: return parent == v1::CONFEDERATION;
    case v1::MIRROR_CLUB: return parent == v1::CLUB;
    case v1::COMMITTEE: return IsAnyOf(parent, {v1::PROGRAM_OFFICE, v1::CLUB, v1::MIRROR_CLUB, v1::MUNICIPAL_GOVERNMENT});
    default: return false;
  }
}

// Refuses unless the actor may say how an organisation is called and where else it is known.
MaybeRefusal RequireMayDescribe(const Context& context, const v1::Organization& organization) {
  const bool above = !organization.parent().empty() && AboveOf(context, organization) == context.actor.name();
  if (context.actor.name() == organization.name() || above || context.actor.kind() == v1::CONSULATE) return std::nullopt;
  return NotAllowed(context, organization.name() + " itself, its federation or a consulate",
                    {{"case", "ITSELF_FEDERATION_OR_CONSULATE"}, {"name", organization.name()}});
}

// Refuses with TOO_MANY_CHANGES where one of an organisation's lists is full.
MaybeRefusal RequireListRoom(int size, const std::string& name) {
  if (size < kDirectoryListMax) return std::nullopt;
  return Refuse(v1::TOO_MANY_CHANGES, name, name + " keeps " + std::to_string(size) + " of these already and takes no more",
                {{"case", "DIRECTORY"},
                 {"name", name},
                 {"changes", std::to_string(size)},
                 {"maximum", std::to_string(kDirectoryListMax)}});
}

// None of the federations that a club left is forgotten, so it does not leave more than the list takes.
MaybeRefusal RequireRoomToLeave(const v1::Organization& club) {
  const auto& former = club.former_federations();
  const bool known = std::any_of(former.begin(), former.end(), [&](const auto& one) { return one.federation() == club.parent(); });
  return club.parent().empty() || known ? std::nullopt : RequireListRoom(former.size(), club.name());
}

// Whether one may be merged into the other: two clubs or two federations, neither merged already, neither frozen.
MaybeRefusal CheckMerge(const Context& context, const v1::Organization& organization, const v1::Organization& successor) {
  const bool same_kind = organization.kind() == successor.kind() && IsAnyOf(organization.kind(), {v1::CLUB, v1::FEDERATION});
  if (!same_kind || organization.name() == successor.name()) {
    return Refuse(v1::MERGE_MISMATCH, successor.name(),
                  organization.name() + ", " + WithArticle(v1::OrganizationKind_Name(organization.kind())) +
                      ", cannot be merged into " +
                      successor.name() + ", " + WithArticle(v1::OrganizationKind_Name(successor.kind())) +
                      "; a club is merged into another club, a federation into another federation",
                  {{"kind", v1::OrganizationKind_Name(organization.kind())},
                   {"successor_kind", v1::OrganizationKind_Name(successor.kind())},
                   {"organization", organization.name()},
                   {"successor", successor.name()}});
  }
  for (const v1::Organization* one : {&organization, &successor}) {
    if (auto merged = MergedProblem(*one)) return Refusal{{*std::move(merged)}};
    if (auto frozen = FrozenProblem(context, *one)) return Refusal{{*std::move(frozen)}};
  }
  return std::nullopt;
}

}  // namespace

bool MayStandAbove(v1::OrganizationKind kind) {
  const auto* kinds = v1::OrganizationKind_descriptor();
  for (int i = 0; i < kinds->value_count(); ++i) {
    if (ParentFits(static_cast<v1::OrganizationKind>(kinds->value(i)->number()), kind)) return true;
  }
  return false;
}

bool MayPayAsClub(v1::OrganizationKind kind) { return IsAnyOf(kind, {v1::CLUB, v1::FEDERATION, v1::CONFEDERATION}); }

bool MayPayInTranches(v1::OrganizationKind kind) {
  return IsAnyOf(kind, {v1::FEDERAL_GOVERNMENT, v1::STATE_GOVERNMENT, v1::MUNICIPAL_GOVERNMENT, v1::PROGRAM_OFFICE, v1::PRIVATE_PARTNER,
                        v1::MULTILATERAL_PARTNER});
}

MaybeRefusal Decide(Context&, const v1::LedgerCreated& request, Draft& draft) {
  *draft.entry.mutable_ledger_created() = request;
  return std::nullopt;
}

MaybeRefusal Decide(Context&, const v1::TextsErased& request, Draft& draft) {
  *draft.entry.mutable_texts_erased() = request;
  return std::nullopt;
}

MaybeRefusal Decide(Context& context, const v1::CreateOrganizationRequest& request, Draft& draft) {
  const std::string name = "organizations/" + request.organization_id();
  const v1::Organization& wanted = request.organization();
  if (!MayCreate(context.actor, wanted)) {
    return NotAllowed(context, "the administrator (any kind), a consulate or a program office (clubs, mirror clubs, federations, "
                               "confederations, committees), or a federation (clubs and mirror clubs below itself)",
                      {{"case", "CREATORS"}});
  }
  if (context.actor.kind() == v1::FEDERATION) {
    if (auto frozen = FrozenProblem(context, context.actor)) return Refusal{{*std::move(frozen)}};
  }
  if (request.organization_id() == "interest") {
    return Refuse(v1::NAME_TAKEN, name, "the id `interest` names an account of every project; choose another id",
                  {{"name", name}, {"case", "INTEREST"}});
  }
  ORIUNDO_REFUSE_IF_ANY(RequireFree<v1::Organization>(context, name));
  if (!wanted.parent().empty()) {
    const v1::Organization* parent = context.state.Find<v1::Organization>(wanted.parent());
    if (parent == nullptr) {
      return Refuse(v1::ORGANIZATION_NOT_FOUND, wanted.parent(), "there is no organisation " + wanted.parent() + " to stand above " + name,
                    {{"name", wanted.parent()}});
    }
    if (auto merged = MergedProblem(*parent)) return Refusal{{*std::move(merged)}};
    if (!ParentFits(wanted.kind(), parent->kind())) {
      return Refuse(v1::ROLE_MISMATCH, wanted.parent(),
                    WithArticle(v1::OrganizationKind_Name(wanted.kind())) + " cannot stand below " +
                        WithArticle(v1::OrganizationKind_Name(parent->kind())),
                    {{"kind", v1::OrganizationKind_Name(wanted.kind())},
                     {"parent_kind", v1::OrganizationKind_Name(parent->kind())},
                     {"case", "PARENT_KIND"}});
    }
    if (context.actor.kind() == v1::FEDERATION && wanted.kind() == v1::MIRROR_CLUB &&
        AboveOf(context, *parent) != context.actor.name()) {
      return NotAllowed(context, "the federation of the club it mirrors",
                        {{"case", "FEDERATION_OF_MIRRORED"}});
    }
  } else if (context.actor.kind() == v1::FEDERATION) {
    return NotAllowed(context, "the federation of the club it mirrors",
                      {{"case", "FEDERATION_OF_MIRRORED"}});
  }
  v1::Organization& created = *draft.entry.mutable_organization_created()->mutable_organization();
  created.set_name(name);
  created.set_kind(wanted.kind());
  created.set_display_name_commitment(wanted.display_name_commitment());
  created.set_country_code(wanted.country_code());
  created.set_parent(wanted.parent());
  return std::nullopt;
}

MaybeRefusal Decide(Context& context, const v1::RenameOrganizationRequest& request, Draft& draft) {
  const v1::Organization* organization = nullptr;
  ORIUNDO_REFUSE_IF_ANY(LoadOrganization(context, request.name(), organization));
  ORIUNDO_REFUSE_IF_ANY(RequireMayDescribe(context, *organization));
  // Whoever misuses a name must not cover it.
  if (auto frozen = FrozenProblem(context, *organization); frozen.has_value() && context.actor.kind() != v1::CONSULATE)
    return Refusal{{*std::move(frozen)}};
  ORIUNDO_REFUSE_IF_ANY(RequireListRoom(organization->former_names_size(), organization->name()));
  v1::OrganizationRenamed& event = *draft.entry.mutable_organization_renamed();
  event.set_organization(request.name());
  event.set_display_name_commitment(request.display_name_commitment());
  return std::nullopt;
}

MaybeRefusal Decide(Context& context, const v1::ChangeFederationRequest& request, Draft& draft) {
  const v1::Organization* organization = nullptr;
  ORIUNDO_REFUSE_IF_ANY(LoadOrganization(context, request.name(), organization));
  if (context.actor.name() != organization->name()) {
    return NotAllowed(context, "the club " + organization->name() + " itself",
                      {{"case", "ITSELF"}, {"name", organization->name()}});
  }
  if (organization->kind() != v1::CLUB) {
    return Refuse(v1::ROLE_MISMATCH, organization->name(),
                  WithArticle(v1::OrganizationKind_Name(organization->kind())) + " belongs to no federation; only a CLUB does",
                  {{"kind", v1::OrganizationKind_Name(organization->kind())}, {"case", "NO_FEDERATION"}});
  }
  // A club whose name is misused must not be carried off.
  if (auto frozen = FrozenProblem(context, *organization)) return Refusal{{*std::move(frozen)}};
  if (auto merged = MergedProblem(*organization)) return Refusal{{*std::move(merged)}};
  if (request.federation().empty()) {
    ORIUNDO_REFUSE_IF_ANY(RequireRoomToLeave(*organization));
    v1::FederationChanged& event = *draft.entry.mutable_federation_changed();
    event.set_organization(request.name());
    event.set_from(organization->parent());
    return std::nullopt;
  }
  const v1::Organization* federation = nullptr;
  ORIUNDO_REFUSE_IF_ANY(LoadOrganization(context, request.federation(), federation));
  v1::FederationProposed& event = *draft.entry.mutable_federation_proposed();
  event.set_organization(request.name());
  event.set_from(organization->parent());
  if (AboveOf(context, *organization) == federation->name()) {
    // Where it stands already it need not be taken: it stays.
    if (!organization->proposed_federation().empty()) return std::nullopt;
    return Refuse(v1::FEDERATION_CHANGE_NOT_PROPOSED, organization->name(),
                  organization->name() + " stands below " + federation->name() + " already and has asked no other federation to take it",
                  {{"organization", organization->name()}, {"federation", federation->name()}, {"case", "NONE"}});
  }
  if (federation->kind() != v1::FEDERATION) {
    return Refuse(v1::ROLE_MISMATCH, federation->name(), "a CLUB cannot stand below " +
                      WithArticle(v1::OrganizationKind_Name(federation->kind())),
                  {{"kind", "CLUB"},
                   {"parent_kind", v1::OrganizationKind_Name(federation->kind())},
                   {"case", "PARENT_KIND"}});
  }
  if (auto merged = MergedProblem(*federation)) return Refusal{{*std::move(merged)}};
  event.set_federation(federation->name());
  return std::nullopt;
}

MaybeRefusal Decide(Context& context, const v1::AcceptClubRequest& request, Draft& draft) {
  const v1::Organization* club = nullptr;
  ORIUNDO_REFUSE_IF_ANY(LoadOrganization(context, request.name(), club));
  const std::string& federation = context.actor.name();
  if (club->proposed_federation().empty() || StandsFor(context, club->proposed_federation()) != federation) {
    return Refuse(v1::FEDERATION_CHANGE_NOT_PROPOSED, club->name(), club->name() + " has not asked " + federation + " to take it",
                  {{"organization", club->name()}, {"federation", federation}, {"case", "OTHER"}});
  }
  if (auto problem = RegistrationProblem(context, context.actor, DateAt(context.stamp.commit_time_us, 0))) {
    return Refusal{{*std::move(problem)}};
  }
  // What held when it asked may hold no more.
  if (auto frozen = FrozenProblem(context, *club)) return Refusal{{*std::move(frozen)}};
  if (auto merged = MergedProblem(*club)) return Refusal{{*std::move(merged)}};
  ORIUNDO_REFUSE_IF_ANY(RequireRoomToLeave(*club));
  v1::FederationChanged& event = *draft.entry.mutable_federation_changed();
  event.set_organization(request.name());
  event.set_from(club->parent());
  event.set_to(federation);
  return std::nullopt;
}

MaybeRefusal Decide(Context& context, const v1::ProposeMergeRequest& request, Draft& draft) {
  const v1::Organization* organization = nullptr;
  ORIUNDO_REFUSE_IF_ANY(LoadOrganization(context, request.name(), organization));
  if (context.actor.name() != organization->name()) {
    return NotAllowed(context, organization->name() + " itself",
                      {{"case", "ITSELF"}, {"name", organization->name()}});
  }
  v1::MergeProposed& event = *draft.entry.mutable_merge_proposed();
  event.set_organization(request.name());
  event.set_successor(request.successor());
  *event.mutable_reason() = request.reason();
  if (request.successor().empty()) {
    if (!organization->proposed_successor().empty()) return std::nullopt;
    return Refuse(v1::MERGE_NOT_PROPOSED, organization->name(),
                  organization->name() + " has proposed no merger that it could take back",
                  {{"organization", organization->name()}, {"case", "NONE"}});
  }
  const v1::Organization* successor = nullptr;
  ORIUNDO_REFUSE_IF_ANY(LoadOrganization(context, request.successor(), successor));
  return CheckMerge(context, *organization, *successor);
}

MaybeRefusal Decide(Context& context, const v1::AcceptMergeRequest& request, Draft& draft) {
  const v1::Organization* organization = nullptr;
  ORIUNDO_REFUSE_IF_ANY(LoadOrganization(context, request.name(), organization));
  const v1::Organization& successor = context.actor;
  if (organization->proposed_successor() != successor.name()) {
    return Refuse(v1::MERGE_NOT_PROPOSED, organization->name(),
                  organization->name() + " has not proposed to be merged into " + successor.name(),
                  {{"organization", organization->name()}, {"successor", successor.name()}, {"case", "OTHER"}});
  }
  ORIUNDO_REFUSE_IF_ANY(CheckMerge(context, *organization, successor));
  ORIUNDO_REFUSE_IF_ANY(RequireListRoom(successor.predecessors_size(), successor.name()));
  // The successor itself is no predecessor of its own.
  const std::size_t merged = WithPredecessors(context, request.name()).size() + WithPredecessors(context, successor.name()).size() - 1;
  if (merged > static_cast<std::size_t>(kMergedIntoOneMax)) {
    return Refuse(v1::TOO_MANY_CHANGES, successor.name(),
                  std::to_string(merged) + " organisations would have been merged into " + successor.name() +
                      ", directly or one through another; at most " + std::to_string(kMergedIntoOneMax) + " may be",
                  {{"changes", std::to_string(merged)},
                   {"maximum", std::to_string(kMergedIntoOneMax)},
                   {"case", "MERGERS"},
                   {"successor", successor.name()}});
  }
  draft.entry.mutable_organization_merged()->set_organization(request.name());
  draft.entry.mutable_organization_merged()->set_successor(successor.name());
  return std::nullopt;
}

MaybeRefusal Decide(Context& context, const v1::RecordDirectoryEntryRequest& request, Draft& draft) {
  const v1::Organization* organization = nullptr;
  ORIUNDO_REFUSE_IF_ANY(LoadOrganization(context, request.name(), organization));
  ORIUNDO_REFUSE_IF_ANY(RequireMayDescribe(context, *organization));
  const v1::DirectoryEntry& wanted = request.directory_entry();
  const std::string today = DateAt(context.stamp.commit_time_us, 0);
  if (wanted.last_verified_date() > today) {
    return Refuse(v1::DATE_IN_FUTURE, "directory_entry.last_verified_date",
                  "directory_entry.last_verified_date is " + wanted.last_verified_date() + ", but today is " + today + " in UTC",
                  {{"date", wanted.last_verified_date()}, {"today", today}});
  }
  const auto& known = organization->directory_entries();
  const bool is_new = std::none_of(known.begin(), known.end(),
                                   [&](const v1::DirectoryEntry& entry) { return entry.source() == wanted.source(); });
  if (is_new) ORIUNDO_REFUSE_IF_ANY(RequireListRoom(known.size(), organization->name()));
  v1::DirectoryEntryRecorded& event = *draft.entry.mutable_directory_entry_recorded();
  event.set_organization(request.name());
  *event.mutable_directory_entry() = wanted;
  event.mutable_directory_entry()->set_recorder(context.actor.name());
  return std::nullopt;
}

MaybeRefusal Decide(Context& context, const v1::AcknowledgeFeedRequest& request, Draft& draft) {
  const v1::Organization* organization = nullptr;
  ORIUNDO_REFUSE_IF_ANY(LoadOrganization(context, request.name(), organization));
  if (context.actor.name() != organization->name()) {
    return NotAllowed(context, organization->name() + " itself",
                      {{"case", "ITSELF"}, {"name", organization->name()}});
  }
  // Nobody has seen what is still to come, and what was seen stays seen.
  const int64_t first = organization->has_acknowledged_sequence() ? organization->acknowledged_sequence() : 0;
  const int64_t last = context.stamp.sequence - 1;
  if (request.through_sequence() < first || request.through_sequence() > last) {
    return Refuse(v1::INVALID_FIELD, "through_sequence",
                  "through_sequence is " + std::to_string(request.through_sequence()) + "; it is from " + std::to_string(first) +
                      " to " + std::to_string(last) + ", the newest sequence",
                  {{"minimum", std::to_string(first)},
                   {"maximum", std::to_string(last)},
                   {"case", "SEQUENCE"},
                   {"through_sequence", std::to_string(request.through_sequence())}});
  }
  v1::FeedAcknowledged& event = *draft.entry.mutable_feed_acknowledged();
  event.set_organization(request.name());
  event.set_through_sequence(request.through_sequence());
  return std::nullopt;
}

MaybeRefusal Decide(Context& context, const v1::SaveCommunityRequest& request, Draft& draft) {
  if (!IsAnyOf(context.actor.kind(), {v1::PROGRAM_OFFICE, v1::ADMINISTRATOR}))
    return NotAllowed(context, "a program office or the administrator",
                      {{"case", "OFFICE_OR_ADMINISTRATOR"}});
  const bool administrator = context.actor.kind() == v1::ADMINISTRATOR;
  const v1::Community* known = context.state.Find<v1::Community>(request.name());
  std::string keeper = known == nullptr ? std::string() : known->keeper();
  if (known != nullptr && !administrator && keeper != context.actor.name()) {
    return NotAllowed(context, (keeper.empty() ? std::string() : keeper + ", which keeps " + request.name() + ", or ") +
                          "the administrator",
                      {{"case", keeper.empty() ? "ADMINISTRATOR_ONLY" : "KEEPER_OR_ADMINISTRATOR"},
                       {"keeper", keeper},
                       {"name", request.name()}});
  }
  if (request.etag() != (known == nullptr ? std::string() : known->etag())) {
    return Refuse(v1::ETAG_MISMATCH, request.name(),
                  request.name() + (known == nullptr ? " does not exist; create it without an etag"
                                                     : " changed since you read it, or its etag is missing; read it again and redo your change"),
                  {{"name", request.name()}, {"case", known == nullptr ? "NEW" : "CHANGED"}});
  }
  const std::string& wanted = request.community().keeper();
  if (!administrator) {
    keeper = context.actor.name();
    if (!wanted.empty() && wanted != keeper) {
      return NotAllowed(context, "to name another keeper the administrator",
                        {{"case", "ADMINISTRATOR_ONLY"}});
    }
  } else if (!wanted.empty()) {
    const v1::Organization* office = nullptr;
    ORIUNDO_REFUSE_IF_ANY(LoadOrganization(context, wanted, office));
    if (office->kind() != v1::PROGRAM_OFFICE) {
      return Refuse(v1::ROLE_MISMATCH, wanted, wanted + " is no PROGRAM_OFFICE and keeps no communities",
                    {{"organization", wanted}, {"case", "NO_KEEPER"}});
    }
    keeper = wanted;
  }
  v1::Community& saved = *draft.entry.mutable_community_saved()->mutable_community();
  saved = request.community();
  saved.set_name(request.name());
  saved.set_keeper(keeper);
  saved.clear_etag();
  return std::nullopt;
}

}  // namespace oriundo
