// A whole round with the AWS SDK for JavaScript v3.  Prints one line per case for
// tests/clients/js_sdk_test.py:  case NAME ok   or   case NAME fail MESSAGE
//
// usage: node round.mjs ENDPOINT BUCKET ODD-KEYS.json LARGE-FILE

import assert from 'node:assert/strict';
import {createHash} from 'node:crypto';
import {createReadStream, readFileSync} from 'node:fs';
import {
    AbortMultipartUploadCommand, CopyObjectCommand, CreateBucketCommand,
    CreateMultipartUploadCommand, DeleteBucketCommand, DeleteObjectCommand, DeleteObjectsCommand,
    GetObjectCommand, HeadBucketCommand, HeadObjectCommand, ListObjectsCommand,
    ListObjectsV2Command, ListPartsCommand, PutObjectCommand, S3Client, UploadPartCommand,
    paginateListObjectsV2,
} from '@aws-sdk/client-s3';
import {Upload} from '@aws-sdk/lib-storage';
import {getSignedUrl} from '@aws-sdk/s3-request-presigner';

const [endpoint, Bucket, oddKeysFile, largeFile] = process.argv.slice(2);
const oddKeys = JSON.parse(readFileSync(oddKeysFile, 'utf8'));
const s3 = new S3Client({endpoint, maxAttempts: 1});

const put = (Key, Body = 'body', more = {}) => s3.send(new PutObjectCommand({Bucket, Key, Body, ...more}));
const get = async (Key, more = {}) =>
    (await s3.send(new GetObjectCommand({Bucket, Key, ...more}))).Body.transformToString();
const byBytes = (a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b));

async function listed(more = {}) {
    const keys = [];
    for await (const page of paginateListObjectsV2({client: s3, ...more}, {Bucket})) {
        keys.push(...(page.Contents ?? []).map((row) => row.Key));
    }
    return keys;
}

// An answer without a body has no name: then only the status counts.
async function refused(name, status, promise) {
    await assert.rejects(promise, (error) => {
        assert.deepEqual([name && error.name, error.$metadata.httpStatusCode], [name, status]);
        return true;
    });
}

async function hashOf(stream) {
    const hash = createHash('sha256');
    for await (const chunk of stream) hash.update(chunk);
    return hash.digest('hex');
}

const cases = {
    async bucket_is_created_and_found() {
        await s3.send(new CreateBucketCommand({Bucket}));
        await s3.send(new HeadBucketCommand({Bucket}));
    },

    async odd_keys_survive_put_get_copy_list_and_multi_delete() {
        for (const key of oddKeys) {
            await put(key, key);
            assert.equal(await get(key), key);
            const source = `${Bucket}/${encodeURIComponent(key)}`;
            await s3.send(new CopyObjectCommand({Bucket, Key: 'copy of one', CopySource: source}));
            assert.equal(await get('copy of one'), key);
        }
        await s3.send(new DeleteObjectCommand({Bucket, Key: 'copy of one'}));
        const expected = [...oddKeys].sort(byBytes);
        assert.deepEqual(await listed(), expected);
        assert.deepEqual(await listed({pageSize: 4}), expected);
        const Objects = oddKeys.map((Key) => ({Key}));
        const done = await s3.send(new DeleteObjectsCommand({Bucket, Delete: {Objects}}));
        assert.equal(done.Deleted.length, oddKeys.length);
        assert.deepEqual(await listed(), []);
    },

    async metadata_ranges_and_conditions() {
        const {ETag} = await put('k', '0123456789', {ContentType: 'text/x-odd', Metadata: {a: '1'}});
        const head = await s3.send(new HeadObjectCommand({Bucket, Key: 'k'}));
        assert.deepEqual([head.ContentType, head.Metadata, head.ETag, head.ContentLength],
            ['text/x-odd', {a: '1'}, ETag, 10]);
        assert.equal(await get('k', {Range: 'bytes=2-4'}), '234');
        await refused('PreconditionFailed', 412, get('k', {IfMatch: '"other"'}));
        await refused(null, 304, get('k', {IfNoneMatch: ETag}));
        await refused('InvalidRange', 416, get('k', {Range: 'bytes=10-'}));
    },

    async listings_with_prefix_and_delimiter() {
        for (const key of ['a', 'b/1', 'b/c/2', 'd']) await put(key);
        for (const Command of [ListObjectsCommand, ListObjectsV2Command]) {
            const page = await s3.send(new Command({Bucket, Prefix: 'b/', Delimiter: '/'}));
            assert.deepEqual(page.Contents.map((row) => row.Key), ['b/1']);
            assert.deepEqual(page.CommonPrefixes.map((row) => row.Prefix), ['b/c/']);
        }
    },

    async checksums_of_every_algorithm_come_back() {
        for (const ChecksumAlgorithm of ['CRC32', 'CRC32C', 'SHA1', 'SHA256']) {
            const name = `Checksum${ChecksumAlgorithm}`;
            const sent = await put('checked', 'checked', {ChecksumAlgorithm});
            const head = await s3.send(
                new HeadObjectCommand({Bucket, Key: 'checked', ChecksumMode: 'ENABLED'}));
            assert.ok(sent[name]);
            assert.equal(head[name], sent[name]);
            assert.equal(await get('checked', {ChecksumMode: 'ENABLED'}), 'checked');
        }
    },

    async large_file_goes_up_in_parts_and_comes_down() {
        const body = createReadStream(largeFile);
        const params = {Bucket, Key: 'large', Body: body};
        await new Upload({client: s3, params, partSize: 8 << 20, queueSize: 4}).done();
        const answer = await s3.send(new GetObjectCommand({Bucket, Key: 'large'}));
        assert.match(answer.ETag, /^"[0-9a-f]{32}-8"$/);
        assert.equal(await hashOf(answer.Body), await hashOf(createReadStream(largeFile)));
    },

    async an_aborted_upload_is_gone() {
        const names = {Bucket, Key: 'parts'};
        names.UploadId = (await s3.send(new CreateMultipartUploadCommand(names))).UploadId;
        await s3.send(new UploadPartCommand({...names, PartNumber: 1, Body: 'x'}));
        assert.equal((await s3.send(new ListPartsCommand(names))).Parts.length, 1);
        await s3.send(new AbortMultipartUploadCommand(names));
        await refused('NoSuchUpload', 404, s3.send(new ListPartsCommand(names)));
    },

    async presigned_get_and_put() {
        for (const Key of ['presigned', 'a b+c/ü']) {
            const to = await getSignedUrl(s3, new PutObjectCommand({Bucket, Key}), {expiresIn: 60});
            assert.equal((await fetch(to, {method: 'PUT', body: Key})).status, 200);
            const from = await getSignedUrl(s3, new GetObjectCommand({Bucket, Key}), {expiresIn: 60});
            assert.equal(await (await fetch(from)).text(), Key);
        }
    },

    async a_changed_presigned_url_is_refused() {
        await put('k');
        const url = await getSignedUrl(s3, new GetObjectCommand({Bucket, Key: 'k'}));
        const changes = [url.replace('/k?', '/kx?'),
            url.replace(/(X-Amz-Signature=)(.)/, (_, name, c) => name + (c === '0' ? '1' : '0'))];
        for (const changed of changes) {
            assert.notEqual(changed, url);
            const answer = await fetch(changed);
            assert.equal(answer.status, 403);
            assert.match(await answer.text(), /<Code>SignatureDoesNotMatch<\/Code>/);
        }
    },

    async errors_have_their_names() {
        await refused('NoSuchKey', 404, get('never there'));
        await refused('BucketNotEmpty', 409, s3.send(new DeleteBucketCommand({Bucket})));
        await refused('NoSuchBucket', 404,
            s3.send(new ListObjectsV2Command({Bucket: `${Bucket}-other`})));
        const wrong = new S3Client({endpoint, maxAttempts: 1,
            credentials: {accessKeyId: process.env.AWS_ACCESS_KEY_ID, secretAccessKey: 'wrong'}});
        await refused('SignatureDoesNotMatch', 403, wrong.send(new ListObjectsV2Command({Bucket})));
    },

    async an_empty_bucket_is_deleted() {
        const Objects = (await listed()).map((Key) => ({Key}));
        await s3.send(new DeleteObjectsCommand({Bucket, Delete: {Objects, Quiet: true}}));
        await s3.send(new DeleteBucketCommand({Bucket}));
        await refused('NotFound', 404, s3.send(new HeadBucketCommand({Bucket})));
    },
};

for (const [name, run] of Object.entries(cases)) {
    try {
        await run();
        console.log(`case ${name} ok`);
    } catch (error) {
        console.error(error);
        console.log(`case ${name} fail ${String(error.message ?? error).replaceAll('\n', ' ').slice(0, 300)}`);
    }
}
