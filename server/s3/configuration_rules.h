// What a configuration must satisfy besides its shape.

#pragma once

#include "common/xml/node.h"
#include "server/s3/request.h"
#include "server/s3/services.h"

namespace tarn::s3 {

struct ConfigurationPut {
    Services& services;
    const Bucket& bucket;
};

// Judges a document that fits its shape, and completes it where AWS does.
using ConfigurationRule = Result<void, Error> (*)(const ConfigurationPut& put, xml::Node& document);

// configuration_rules.cc
Result<void, Error> check_accelerate(const ConfigurationPut& put, xml::Node& document);
Result<void, Error> check_encryption(const ConfigurationPut& put, xml::Node& document);
Result<void, Error> check_logging(const ConfigurationPut& put, xml::Node& document);
Result<void, Error> check_replication(const ConfigurationPut& put, xml::Node& document);
Result<void, Error> check_bucket_tags(const ConfigurationPut& put, xml::Node& document);
// website_rules.cc
Result<void, Error> check_website(const ConfigurationPut& put, xml::Node& document);
// notification_rules.cc
Result<void, Error> check_notification(const ConfigurationPut& put, xml::Node& document);
// lifecycle_rules.cc
Result<void, Error> check_lifecycle(const ConfigurationPut& put, xml::Node& document);
// cors.cc
Result<void, Error> check_cors(const ConfigurationPut& put, xml::Node& document);

// The id of a rule that came without one.
std::string new_rule_id(Random& random);

}  // namespace tarn::s3
