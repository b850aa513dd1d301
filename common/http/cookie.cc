#include "common/http/cookie.h"

#include "common/base/text.h"

namespace tarn::http {

std::vector<Cookie> split_cookies(std::string_view value) {
    std::vector<Cookie> cookies;
    for (const std::string_view pair : split_list(value, ';')) {
        const std::size_t equals = pair.find('=');
        Cookie cookie{.name = trim(pair.substr(0, equals)), .pair = pair};
        if (equals != std::string_view::npos) cookie.value = trim(pair.substr(equals + 1));
        cookies.push_back(cookie);
    }
    return cookies;
}

}  // namespace tarn::http
