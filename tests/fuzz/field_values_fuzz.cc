// The parsers of field values take any bytes.  What they return lies inside their input.

#include "common/http/cache_control.h"
#include "common/http/cookie.h"
#include "common/http/media.h"
#include "common/http/precondition.h"

#include <cstdlib>

namespace {

void require(bool condition) {
    if (!condition) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace tarn::http;
    const std::string_view input(reinterpret_cast<const char*>(data), size);
    const auto is_inside = [&](std::string_view view) {
        return view.empty() ||
               (view.data() >= input.data() && view.data() + view.size() <= input.data() + size);
    };

    const CacheControl control = parse_cache_control(input);
    for (const auto& lifetime : {control.max_age, control.s_maxage, control.stale_if_error,
                                 control.stale_while_revalidate}) {
        require(!lifetime || (lifetime->count() >= 0 && *lifetime <= kMaxDeltaSeconds));
    }
    for (const std::string_view name : control.no_cache_fields)
        require(is_inside(name) && !name.empty());

    for (const Cookie& cookie : split_cookies(input)) {
        require(is_inside(cookie.name) && is_inside(cookie.value) && is_inside(cookie.pair));
        require(cookie.name.find_first_of(";=") == std::string_view::npos);
        require(!cookie.pair.empty());
    }

    require(media_essence(input).size() <= size);
    const auto parameter = media_parameter(input, "q");
    require(!parameter || parameter->size() <= size);
    (void)accepts_coding(input, "gzip");
    (void)etag_list_contains(input, "abc");
    const std::string quoted = "\"x\", \"abc\", " + std::string(input);
    require(etag_list_contains(quoted, "abc"));
    return 0;
}
