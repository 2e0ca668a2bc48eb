// The server's deparsed text is not always text that the server reads back as the same thing. Where another spelling of
// the same expression is, statements use that spelling.
#pragma once

#include <string>
#include <string_view>

namespace xc {

// "status IN ('a', 'b')" over a varchar column is printed as
//   (status)::text = ANY ((ARRAY['a'::character varying, 'b'::character varying])::text[])
// where the cast, when read back, goes to the elements and stays there. With the array's own type spelled out
//   (ARRAY['a'::character varying, …]::character varying[])::text[]
// it stays where it is, and the expression is printed as before.
//
// A result column without a name, where nothing can see the name (the later branches of a UNION, EXISTS (SELECT …)), is
// printed without one: "SELECT 'a'" as
//   SELECT 'a'::text
// which, when read back, has the name of the type, and is printed with it from then on. So it gets the name that says
// that it has none, as which it is printed as before.
//
// "x BETWEEN a AND b AND c" is printed as
//   (((x >= a) AND (x <= b)) AND c)
// which is read back as one list of three. A cast to what it is anyway keeps the first two together, and leaves no trace:
//   (((x >= a) AND (x <= b))::boolean AND c)
std::string source_text(std::string_view deparsed);

}  // namespace xc
