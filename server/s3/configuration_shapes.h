// The shapes of the configurations of buckets, after the S3 API's published model.

#pragma once

#include "server/s3/document_schema.h"

namespace tarn::s3 {

extern const Shape kAbacShape;
extern const Shape kAccelerateShape;
extern const Shape kAnalyticsShape;
extern const Shape kCorsShape;
extern const Shape kEncryptionShape;
extern const Shape kIntelligentTieringShape;
extern const Shape kInventoryShape;
extern const Shape kLifecycleShape;
extern const Shape kLoggingShape;
extern const Shape kMetricsShape;
extern const Shape kNotificationShape;
extern const Shape kReplicationShape;
extern const Shape kRequestPaymentShape;
extern const Shape kTaggingShape;
extern const Shape kTagSetShape;
extern const Shape kWebsiteShape;

}  // namespace tarn::s3
