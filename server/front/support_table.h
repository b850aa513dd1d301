// The README's table of S3 operations, made from the operation table so that it cannot lie.

#pragma once

#include <string>

namespace tarn::front {

// Markdown.
std::string support_table();

}  // namespace tarn::front
