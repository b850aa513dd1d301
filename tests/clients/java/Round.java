// A whole round with the AWS SDK for Java 2.  Prints one line per case for
// tests/clients/java_sdk_test.py:  case NAME ok   or   case NAME fail MESSAGE
//
// usage: java -cp 'JARS/*' Round.java ENDPOINT BUCKET ODD-KEYS LARGE-FILE
// ODD-KEYS has one key in Base64 on each line.

import java.net.HttpURLConnection;
import java.net.URI;
import java.net.URL;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.HexFormat;
import java.util.List;

import software.amazon.awssdk.core.ResponseInputStream;
import software.amazon.awssdk.core.sync.RequestBody;
import software.amazon.awssdk.http.urlconnection.UrlConnectionHttpClient;
import software.amazon.awssdk.services.s3.S3Client;
import software.amazon.awssdk.services.s3.S3Configuration;
import software.amazon.awssdk.services.s3.model.CompletedPart;
import software.amazon.awssdk.services.s3.model.GetObjectResponse;
import software.amazon.awssdk.services.s3.model.ObjectIdentifier;
import software.amazon.awssdk.services.s3.model.S3Exception;
import software.amazon.awssdk.services.s3.model.S3Object;
import software.amazon.awssdk.services.s3.presigner.S3Presigner;

public class Round {
    interface Case {
        void run() throws Exception;
    }

    static final int PART_BYTES = 8 << 20;

    final S3Client s3;
    final S3Presigner presigner;
    final String bucket;
    final List<String> oddKeys;
    final Path largeFile;

    Round(String[] arguments) throws Exception {
        URI endpoint = URI.create(arguments[0]);
        bucket = arguments[1];
        oddKeys = Files.readAllLines(Path.of(arguments[2])).stream()
            .map(line -> new String(Base64.getDecoder().decode(line), StandardCharsets.UTF_8))
            .toList();
        largeFile = Path.of(arguments[3]);
        s3 = S3Client.builder().endpointOverride(endpoint).forcePathStyle(true)
            .httpClient(UrlConnectionHttpClient.create()).build();
        presigner = S3Presigner.builder().endpointOverride(endpoint)
            .serviceConfiguration(S3Configuration.builder().pathStyleAccessEnabled(true).build())
            .build();
    }

    public static void main(String[] arguments) throws Exception {
        Round round = new Round(arguments);
        report("bucket_is_created", round::createBucket);
        report("odd_keys_survive_put_get_copy_list_and_multi_delete", round::oddKeysSurvive);
        report("large_file_goes_up_in_parts_and_comes_down", round::large);
        report("presigned_get_and_put_and_a_changed_url", round::presigned);
        report("errors_have_their_codes", round::errors);
        report("an_empty_bucket_is_deleted", round::deleteBucket);
    }

    static void report(String name, Case each) {
        try {
            each.run();
            System.out.println("case " + name + " ok");
        } catch (Throwable fault) {
            fault.printStackTrace();
            System.out.println("case " + name + " fail " + fault.toString().replace('\n', ' '));
        }
    }

    static void expect(String what, Object got, Object wanted) {
        if (!got.equals(wanted)) {
            throw new AssertionError(what + ": got " + got + ", wanted " + wanted);
        }
    }

    void createBucket() {
        s3.createBucket(request -> request.bucket(bucket));
        s3.headBucket(request -> request.bucket(bucket));
    }

    void put(String key, String body) {
        s3.putObject(request -> request.bucket(bucket).key(key), RequestBody.fromString(body));
    }

    String get(String key) {
        return s3.getObjectAsBytes(request -> request.bucket(bucket).key(key)).asUtf8String();
    }

    List<String> list(int pageSize) {
        List<String> keys = new ArrayList<>();
        for (S3Object row : s3.listObjectsV2Paginator(
                 request -> request.bucket(bucket).maxKeys(pageSize)).contents()) {
            keys.add(row.key());
        }
        return keys;
    }

    void deleteAll(List<String> keys) {
        List<ObjectIdentifier> objects = keys.stream()
            .map(key -> ObjectIdentifier.builder().key(key).build()).toList();
        var done = s3.deleteObjects(
            request -> request.bucket(bucket).delete(delete -> delete.objects(objects)));
        expect("deleted", done.deleted().size(), keys.size());
    }

    static List<String> sortedByBytes(List<String> keys) {
        return keys.stream().sorted((a, b) -> Arrays.compareUnsigned(
            a.getBytes(StandardCharsets.UTF_8), b.getBytes(StandardCharsets.UTF_8))).toList();
    }

    void oddKeysSurvive() {
        for (String key : oddKeys) {
            put(key, key);
            expect("body", get(key), key);
            s3.copyObject(request -> request.sourceBucket(bucket).sourceKey(key)
                .destinationBucket(bucket).destinationKey("copy of one"));
            expect("copy", get("copy of one"), key);
        }
        deleteAll(List.of("copy of one"));
        expect("list", list(1000), sortedByBytes(oddKeys));
        expect("list in pages", list(3), sortedByBytes(oddKeys));
        deleteAll(oddKeys);
    }

    void large() throws Exception {
        byte[] content = Files.readAllBytes(largeFile);
        String upload = s3.createMultipartUpload(
            request -> request.bucket(bucket).key("large")).uploadId();
        List<CompletedPart> parts = new ArrayList<>();
        for (int number = 1; (number - 1) * PART_BYTES < content.length; ++number) {
            int part = number;
            byte[] body = Arrays.copyOfRange(content, (number - 1) * PART_BYTES,
                Math.min(number * PART_BYTES, content.length));
            String etag = s3.uploadPart(request -> request.bucket(bucket).key("large")
                .uploadId(upload).partNumber(part), RequestBody.fromBytes(body)).eTag();
            parts.add(CompletedPart.builder().partNumber(part).eTag(etag).build());
        }
        s3.completeMultipartUpload(request -> request.bucket(bucket).key("large").uploadId(upload)
            .multipartUpload(completed -> completed.parts(parts)));
        try (ResponseInputStream<GetObjectResponse> answer =
                 s3.getObject(request -> request.bucket(bucket).key("large"))) {
            expect("content", hash(answer.readAllBytes()), hash(content));
        }
    }

    static String hash(byte[] content) throws Exception {
        return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(content));
    }

    record Answer(int status, String body) {}

    static Answer fetch(String method, URL url, String body) throws Exception {
        HttpURLConnection connection = (HttpURLConnection) url.openConnection();
        connection.setRequestMethod(method);
        if (body != null) {
            connection.setDoOutput(true);
            connection.setRequestProperty("Content-Type", "");
            connection.getOutputStream().write(body.getBytes(StandardCharsets.UTF_8));
        }
        int status = connection.getResponseCode();
        var stream = status < 400 ? connection.getInputStream() : connection.getErrorStream();
        return new Answer(status, new String(stream.readAllBytes(), StandardCharsets.UTF_8));
    }

    void presigned() throws Exception {
        String key = "presigned a+b/ü";
        URL to = presigner.presignPutObject(presign -> presign
            .signatureDuration(Duration.ofSeconds(60))
            .putObjectRequest(request -> request.bucket(bucket).key(key))).url();
        URL from = presigner.presignGetObject(presign -> presign
            .signatureDuration(Duration.ofSeconds(60))
            .getObjectRequest(request -> request.bucket(bucket).key(key))).url();
        expect("PUT", fetch("PUT", to, key).status(), 200);
        expect("GET", fetch("GET", from, null), new Answer(200, key));
        URL changed = new URL(from.toString().replace("X-Amz-Expires=6", "X-Amz-Expires=7"));
        Answer refused = fetch("GET", changed, null);
        expect("status of a changed URL", refused.status(), 403);
        expect("its code", refused.body().contains("<Code>SignatureDoesNotMatch</Code>"), true);
    }

    static void expectCode(String code, Case each) throws Exception {
        try {
            each.run();
        } catch (S3Exception fault) {
            expect("code", fault.awsErrorDetails().errorCode(), code);
            return;
        }
        throw new AssertionError("no error where " + code + " was due");
    }

    void errors() throws Exception {
        expectCode("NoSuchKey", () -> get("never there"));
        expectCode("BucketNotEmpty", () -> s3.deleteBucket(request -> request.bucket(bucket)));
        expectCode("NoSuchBucket",
            () -> s3.listObjectsV2(request -> request.bucket(bucket + "-other")));
    }

    void deleteBucket() {
        deleteAll(list(1000));
        s3.deleteBucket(request -> request.bucket(bucket));
    }
}
