#include "server/base/ids.h"
#include "server/ledger/decide.h"

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

MaybeRefusal Decide(Context& context, const v1::CreateOrganizationRequest& request, Draft& draft) {
  const std::string name = "organizations/" + request.organization_id();
  const v1::Organization& wanted = request.organization();
  if (!MayCreate(context.actor, wanted)) {
    return NotAllowed(context, "the administrator (any kind), a consulate or a program office (clubs, mirror clubs, federations, "
                               "confederations, committees), or a federation (clubs and mirror clubs below itself)");
  }
  if (request.organization_id() == "interest") {
    return Refuse(v1::NAME_TAKEN, name, "the id `interest` names an account of every project; choose another id", {{"name", name}});
  }
  ORIUNDO_REFUSE_IF_ANY(RequireFree<v1::Organization>(context, name));
  if (!wanted.parent().empty()) {
    const v1::Organization* parent = context.state.Find<v1::Organization>(wanted.parent());
    if (parent == nullptr) {
      return Refuse(v1::ORGANIZATION_NOT_FOUND, wanted.parent(), "there is no organisation " + wanted.parent() + " to stand above " + name,
                    {{"name", wanted.parent()}});
    }
    if (!ParentFits(wanted.kind(), parent->kind())) {
      return Refuse(v1::ROLE_MISMATCH, wanted.parent(),
                    "a " + v1::OrganizationKind_Name(wanted.kind()) + " cannot stand below a " + v1::OrganizationKind_Name(parent->kind()),
                    {{"kind", v1::OrganizationKind_Name(wanted.kind())}, {"parent_kind", v1::OrganizationKind_Name(parent->kind())}});
    }
    if (context.actor.kind() == v1::FEDERATION && wanted.kind() == v1::MIRROR_CLUB && parent->parent() != context.actor.name()) {
      return NotAllowed(context, "the federation of the club it mirrors");
    }
  } else if (context.actor.kind() == v1::FEDERATION) {
    return NotAllowed(context, "the federation of the club it mirrors");
  }
  v1::Organization& created = *draft.entry.mutable_organization_created()->mutable_organization();
  created = wanted;
  created.set_name(name);
  created.clear_registration();
  return std::nullopt;
}

MaybeRefusal Decide(Context& context, const v1::RegisterOrganizationRequest& request, Draft& draft) {
  const v1::Organization* organization = context.state.Find<v1::Organization>(request.name());
  if (organization == nullptr) {
    return Refuse(v1::ORGANIZATION_NOT_FOUND, request.name(), "there is no organisation " + request.name(), {{"name", request.name()}});
  }
  const v1::Organization& actor = context.actor;
  const bool authority = actor.kind() == v1::CONSULATE || actor.kind() == v1::PROGRAM_OFFICE;
  const bool own_club = actor.kind() == v1::FEDERATION && organization->parent() == actor.name() && organization->kind() == v1::CLUB;
  if (actor.name() == organization->name() || !(authority || own_club)) {
    return NotAllowed(context, "a consulate, a program office or, for its own clubs, a federation with a valid registration");
  }
  const std::string today = DateAt(context.stamp.commit_time_us, 0);
  if (own_club) {
    // A federation issues notes to its clubs only while its own is valid (domain notes 1.2, Toma de Nota).
    if (auto problem = RegistrationProblem(actor, today)) return Refusal{{*std::move(problem)}};
  }
  const v1::Registration& registration = request.registration();
  if (registration.valid_to() < registration.valid_from()) {
    return Refuse(v1::INVALID_FIELD, "registration.valid_to",
                  "the registration would end on " + registration.valid_to() + ", before it begins on " + registration.valid_from(),
                  {{"valid_from", registration.valid_from()}, {"valid_to", registration.valid_to()}});
  }
  v1::OrganizationRegistered& event = *draft.entry.mutable_organization_registered();
  event.set_organization(request.name());
  *event.mutable_registration() = registration;
  event.mutable_registration()->set_issuer(actor.name());
  return std::nullopt;
}

}  // namespace oriundo
