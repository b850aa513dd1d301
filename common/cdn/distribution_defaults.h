// Defaults of a DistributionConfig that depend on more than one member.

#pragma once

#include "common/xml/node.h"

namespace tarn::cdn {

// Completes a document that is already in the order of its shape: methods, legacy TTLs and the
// viewer certificate.  Idempotent.
void complete_distribution_config(xml::Node& config);

}  // namespace tarn::cdn
