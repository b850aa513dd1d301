#include "common/aws/form_credentials.h"

#include "common/aws/post_policy.h"
#include "common/aws/sigv2.h"
#include "common/base/time_text.h"

#include <array>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace tarn::aws {
namespace {

using testing::ElementsAre;
using testing::Pair;
using Form = std::vector<FormField>;

constexpr std::string_view kKeyId = "AKIAIOSFODNN7EXAMPLE";
constexpr std::string_view kSecret = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY";
constexpr std::array<std::string_view, 1> kServices = {"s3"};
const WallTime kNow = *parse_amz_date("20151229T000000Z");

struct Context {
    WallTime now = kNow;
    std::string_view region;
    std::optional<std::string_view> secret = kSecret;
};

Result<void, AuthError> authenticate(const Form& form, const Context& context = {}) {
    TARN_TRY(const auto credentials, parse_form_credentials(form));
    const SigV4Rules rules{.services = kServices,
                           .region = context.region,
                           .real_now = context.now,
                           .now = context.now};
    if (auto checked = check_form_credentials(credentials, rules); !checked) return checked;
    if (credentials.carrier == CredentialCarrier::FormV2) {
        return verify_sigv2_form(credentials.access_key_id, credentials.policy,
                                 credentials.signature, context.secret);
    }
    SigV4Verifier verifier;
    return verifier.verify_form(credentials.scope, credentials.policy, credentials.signature,
                                context.secret);
}

AuthError error_of(const Form& form, const Context& context = {}) {
    auto result = authenticate(form, context);
    return result ? AuthError{.message = "accepted"} : std::move(result).error();
}

// What botocore 1.43.11's generate_presigned_post() makes at kNow for the bucket "b", in the order
// of its fields: S3SigV4PostAuth without and with a session token, HmacV1PostAuth likewise.
const Form kForms[] = {
    {{"key", "user/user1/photo.jpg"},
     {"x-amz-algorithm", "AWS4-HMAC-SHA256"},
     {"x-amz-credential", "AKIAIOSFODNN7EXAMPLE/20151229/us-east-1/s3/aws4_request"},
     {"x-amz-date", "20151229T000000Z"},
     {"policy",
      "eyJleHBpcmF0aW9uIjogIjIwMTUtMTItMjlUMDE6MDA6MDBaIiwgImNvbmRpdGlvbnMiOiBbeyJidWNrZXQiOiAiYiJ9"
      "LCB7ImtleSI6ICJ1c2VyL3VzZXIxL3Bob3RvLmpwZyJ9LCB7IngtYW16LWFsZ29yaXRobSI6ICJBV1M0LUhNQUMtU0hB"
      "MjU2In0sIHsieC1hbXotY3JlZGVudGlhbCI6ICJBS0lBSU9TRk9ETk43RVhBTVBMRS8yMDE1MTIyOS91cy1lYXN0LTEv"
      "czMvYXdzNF9yZXF1ZXN0In0sIHsieC1hbXotZGF0ZSI6ICIyMDE1MTIyOVQwMDAwMDBaIn1dfQ=="},
     {"x-amz-signature", "07e14b592025f8fcdda6ef9b9e67a98f03f1cd002860bab7a2e7f6f4cd534fec"}},
    {{"acl", "private"},
     {"key", "dir/name"},
     {"x-amz-algorithm", "AWS4-HMAC-SHA256"},
     {"x-amz-credential", "AKIAIOSFODNN7EXAMPLE/20151229/eu-central-1/s3/aws4_request"},
     {"x-amz-date", "20151229T000000Z"},
     {"x-amz-security-token", "a+token/=="},
     {"policy",
      "eyJleHBpcmF0aW9uIjogIjIwMTUtMTItMjlUMDE6MDA6MDBaIiwgImNvbmRpdGlvbnMiOiBbeyJhY2wiOiAicHJpdmF0"
      "ZSJ9LCB7ImJ1Y2tldCI6ICJiIn0sIFsic3RhcnRzLXdpdGgiLCAiJGtleSIsICJkaXIvIl0sIHsieC1hbXotYWxnb3Jp"
      "dGhtIjogIkFXUzQtSE1BQy1TSEEyNTYifSwgeyJ4LWFtei1jcmVkZW50aWFsIjogIkFLSUFJT1NGT0ROTjdFWEFNUExF"
      "LzIwMTUxMjI5L2V1LWNlbnRyYWwtMS9zMy9hd3M0X3JlcXVlc3QifSwgeyJ4LWFtei1kYXRlIjogIjIwMTUxMjI5VDAw"
      "MDAwMFoifSwgeyJ4LWFtei1zZWN1cml0eS10b2tlbiI6ICJhK3Rva2VuLz09In1dfQ=="},
     {"x-amz-signature", "043d4782bafd812710f9f88264ec9a0117970e0cf9f16f5903f34f1f8584ad3a"}},
    {{"key", "k"},
     {"AWSAccessKeyId", "AKIAIOSFODNN7EXAMPLE"},
     {"policy",
      "eyJleHBpcmF0aW9uIjogIjIwMTUtMTItMjlUMDE6MDA6MDBaIiwgImNvbmRpdGlvbnMiOiBbeyJidWNrZXQiOiAiYiJ9"
      "LCB7ImtleSI6ICJrIn1dfQ=="},
     {"signature", "TEmCymlF74vTdbVOfsAUlCAKoVY="}},
    {{"key", "k"},
     {"AWSAccessKeyId", "AKIAIOSFODNN7EXAMPLE"},
     {"x-amz-security-token", "a+token/=="},
     {"policy",
      "eyJleHBpcmF0aW9uIjogIjIwMTUtMTItMjlUMDE6MDA6MDBaIiwgImNvbmRpdGlvbnMiOiBbWyJjb250ZW50LWxlbmd0"
      "aC1yYW5nZSIsIDEsIDEwXSwgeyJidWNrZXQiOiAiYiJ9LCB7ImtleSI6ICJrIn0sIHsieC1hbXotc2VjdXJpdHktdG9r"
      "ZW4iOiAiYSt0b2tlbi89PSJ9XX0="},
     {"signature", "Htz+aIbtVzTa2b/UragDaZkfChk="}},
};
const Form& kV4 = kForms[0];
const Form& kV2 = kForms[2];

std::string& value_of(Form& form, std::string_view name) {
    return std::ranges::find(form, name, &FormField::name)->value;
}

Form with(Form form, std::string_view name, std::string value) {
    value_of(form, name) = std::move(value);
    return form;
}

Form without(Form form, std::string_view name) {
    std::erase_if(form, [name](const FormField& field) { return field.name == name; });
    return form;
}

TEST(FormCredentialsTest, WhatBotocoreSignsIsAccepted) {
    for (const Form& form : kForms) {
        EXPECT_EQ(error_of(form).message, "accepted");
        const auto policy = parse_post_policy(*find_field(form, "policy"));
        ASSERT_TRUE(policy) << policy.error().message;
        const auto checked = check_post_policy(*policy, form, "b", kNow);
        EXPECT_TRUE(checked) << checked.error().message;
    }
}

TEST(FormCredentialsTest, AChangedByteOfPolicyOrSignatureIsRefused) {
    for (const Form& form : kForms) {
        for (const std::string_view name : {"policy", "x-amz-signature", "signature"}) {
            if (!find_field(form, name)) continue;
            const std::string signed_text(*find_field(form, name));
            for (std::size_t i = 0; i < signed_text.size(); ++i) {
                std::string changed = signed_text;
                changed[i] = changed[i] == 'a' ? 'b' : 'a';
                EXPECT_EQ(error_of(with(form, name, changed)).fault,
                          AuthFault::SignatureDoesNotMatch)
                    << name << " byte " << i;
            }
            EXPECT_FALSE(authenticate(with(form, name, ""))) << name;
        }
    }
}

TEST(FormCredentialsTest, ARefusedSignatureShowsWhatWasSigned) {
    const AuthError error = error_of(with(kV2, "signature", "wrong"));
    ASSERT_EQ(error.details.size(), 4u);
    EXPECT_EQ(error.details[0].second, kKeyId);
    EXPECT_THAT(error.details[1], Pair("StringToSign", *find_field(kV2, "policy")));
    EXPECT_THAT(error.details[2], Pair("SignatureProvided", "wrong"));
    EXPECT_TRUE(error.details[3].second.starts_with("65 79 4a 6c "));
}

TEST(FormCredentialsTest, AnUnknownAccessKeyIsRefused) {
    for (const Form& form : kForms) {
        const AuthError error = error_of(form, {.secret = std::nullopt});
        EXPECT_EQ(error.fault, AuthFault::UnknownAccessKey);
        EXPECT_THAT(error.details, ElementsAre(Pair("AWSAccessKeyId", kKeyId)));
    }
}

// Recorded: only policy and key are left, and the form is anonymous.
TEST(FormCredentialsTest, AFormWithoutCredentialsIsAnonymous) {
    const Form form = {{"key", "k"}, {"policy", "e30="}, {"x-amz-date", "20151229T000000Z"}};
    EXPECT_EQ(parse_form_credentials(form)->carrier, CredentialCarrier::None);
}

TEST(FormCredentialsTest, AMissingFieldIsNamed) {
    struct Row {
        Form form;
        std::string_view missing;
    };
    const Row rows[] = {
        {without(kV4, "x-amz-signature"), "X-Amz-Signature"},
        {without(kV4, "x-amz-date"), "X-Amz-Date"},
        {without(kV4, "x-amz-credential"), "X-Amz-Credential"},
        {without(without(kV4, "x-amz-algorithm"), "x-amz-credential"), "X-Amz-Algorithm"},
        {without(kV4, "policy"), "Policy"},
        {without(kV2, "signature"), "Signature"},
        {without(kV2, "AWSAccessKeyId"), "AWSAccessKeyId"},
        {without(kV2, "policy"), "Policy"},
    };
    for (const Row& row : rows) {
        const AuthError error = error_of(row.form);
        EXPECT_EQ(error.code, "InvalidArgument");
        EXPECT_EQ(error.status, 400);
        EXPECT_EQ(error.message, "Bucket POST must contain a field named '" +
                                     std::string(row.missing) +
                                     "'.  If it is specified, please check the order of the "
                                     "fields.");
        EXPECT_THAT(error.details,
                    ElementsAre(Pair("ArgumentName", row.missing), Pair("ArgumentValue", "")));
    }
}

TEST(FormCredentialsTest, AMalformedFieldIsNamedWithItsValue) {
    struct Row {
        std::string_view field;
        std::string value;
        std::string_view message;
        std::string_view argument;
    };
    const Row rows[] = {
        {"x-amz-algorithm", "AWS4-HMAC-SHA1",
         "X-Amz-Algorithm only supports \"AWS4-HMAC-SHA256 and AWS4-ECDSA-P256-SHA256\"",
         "X-Amz-Algorithm"},
        {"x-amz-credential", "AKID/20151229/us-east-1/s3",
         "the Credential is mal-formed; expecting "
         "\"<YOUR-AKID>/YYYYMMDD/REGION/SERVICE/aws4_request\".",
         "X-Amz-Credential"},
        {"x-amz-credential", "/20151229/us-east-1/s3/aws4_request",
         "a non-empty Access Key (AKID) must be provided in the credential.", "X-Amz-Credential"},
        {"x-amz-credential", "AKID/2015122/us-east-1/s3/aws4_request",
         "incorrect date format \"2015122\". This date in the credential must be in the format "
         "\"yyyyMMdd\".",
         "X-Amz-Credential"},
        {"x-amz-credential", "AKID/20151229/us-east-1/s3/aws5_request",
         "incorrect terminal \"aws5_request\". This endpoint uses \"aws4_request\".",
         "X-Amz-Credential"},
        {"x-amz-credential", "AKID/20151229/us-east-1/ec2/aws4_request",
         "incorrect service \"ec2\". This endpoint belongs to \"s3\".", "X-Amz-Credential"},
        {"x-amz-credential", "AKID/20151228/us-east-1/s3/aws4_request",
         "Invalid credential date \"20151228\". This date is not the same as X-Amz-Date: "
         "\"20151229\".",
         "X-Amz-Credential"},
        {"x-amz-date", "2015-12-29T00:00:00Z",
         "X-Amz-Date must be formated via ISO8601 Long format", "X-Amz-Date"},
    };
    for (const Row& row : rows) {
        const AuthError error = error_of(with(kV4, row.field, row.value));
        EXPECT_EQ(error.code, "InvalidArgument");
        EXPECT_EQ(error.status, 400);
        EXPECT_EQ(error.message, row.message);
        EXPECT_THAT(error.details, ElementsAre(Pair("ArgumentName", row.argument),
                                               Pair("ArgumentValue", row.value)));
    }
}

TEST(FormCredentialsTest, StrictRegionsNameTheRightOne) {
    EXPECT_EQ(error_of(kV4, {.region = "us-east-1"}).message, "accepted");
    const AuthError error = error_of(kV4, {.region = "us-west-1"});
    EXPECT_EQ(error.message, "the region 'us-east-1' is wrong; expecting 'us-west-1'");
    EXPECT_THAT(error.details,
                ElementsAre(Pair("ArgumentName", "X-Amz-Credential"),
                            Pair("ArgumentValue", *find_field(kV4, "x-amz-credential")),
                            Pair("Region", "us-west-1")));
}

TEST(FormCredentialsTest, TwoSignaturesAreRefused) {
    Form form = kV4;
    form.push_back({"AWSAccessKeyId", std::string(kKeyId)});
    EXPECT_EQ(error_of(form).fault, AuthFault::TwoMechanisms);
}

TEST(FormCredentialsTest, ASigV4SignatureIsGoodForAWeek) {
    EXPECT_EQ(error_of(kV4, {.now = kNow + kMaxPresignExpires}).message, "accepted");
    EXPECT_EQ(error_of(kV4, {.now = kNow + kMaxPresignExpires + std::chrono::seconds(1)}).fault,
              AuthFault::Expired);
    EXPECT_EQ(error_of(kV4, {.now = kNow - kMaxSkew}).message, "accepted");
    EXPECT_EQ(error_of(kV4, {.now = kNow - kMaxSkew - std::chrono::seconds(1)}).fault,
              AuthFault::NotValidYet);
}

TEST(FormCredentialsTest, NamesCompareWithoutCase) {
    Form form = kV4;
    for (FormField& field : form)
        field.name[0] = static_cast<char>(field.name[0] - 32);
    EXPECT_EQ(error_of(form).message, "accepted");
}

}  // namespace
}  // namespace tarn::aws
