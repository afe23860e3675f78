// Resource names and the other short grammars of the interface. All of them are ASCII; none can hold free text.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace oriundo {

// True for `^[a-z]([a-z0-9-]{0,61}[a-z0-9])?$`, the id a caller may choose (AIP-122).
bool IsResourceId(std::string_view text);

// True where `name` has the segments of `pattern`, in which `*` stands for an id: IsResourceName("projects/p1", "projects/*").
// An id made by the server (a pool, a tranche, a folio) may have up to 68 characters. A community's id is a locality code.
bool IsResourceName(std::string_view name, std::string_view pattern);

// True for `^[A-Z0-9][A-Z0-9-]{0,31}$`, a place's code in its country's catalogue.
bool IsLocalityCode(std::string_view text);

// True where `name` is of any collection that the interface knows.
bool IsAnyResourceName(std::string_view name);

// The last segment: `tekax` of `projects/tekax`.
std::string_view IdOf(std::string_view name);

// The name without its last two segments: `projects/p` of `projects/p/pledges/x`; empty for a top-level name.
std::string_view ParentOf(std::string_view name);

// The first two segments: `projects/p` of `projects/p/pledges/x`.
std::string_view RootOf(std::string_view name);

// True for a UUID of version 4, 36 lower- or upper-case characters.
bool IsUuidV4(std::string_view text);

// The 16 bytes of a UUID. REQUIRES: IsUuidV4(text).
std::string UuidBytes(std::string_view text);

// True for an existing day of the Gregorian calendar from 1900-01-01 to 2999-12-31, written YYYY-MM-DD. Such texts compare as days do.
bool IsDate(std::string_view text);

// The day at `time_us` (microseconds since 1970 UTC) where clocks stand `offset_minutes` east of UTC.
std::string DateAt(long long time_us, int offset_minutes);

// The pool of a funder and year: `programs/p/pools/{funder's id}-{year}`.
std::string PoolName(std::string_view program, std::string_view funder, int fiscal_year);

// The record of a registration's number: `organizations/{issuer}/folios/f{folio in hexadecimal digits}`. REQUIRES: at most 32
// bytes.
std::string FolioName(std::string_view issuer, std::string_view folio);

// The same day so many years before. REQUIRES: IsDate(date).
std::string DateYearsBefore(std::string_view date, int years);

// The tranche of a party: `projects/p/tranches/{party's id}-{ordinal}`.
std::string TrancheName(std::string_view project, std::string_view party, int ordinal);

}  // namespace oriundo
