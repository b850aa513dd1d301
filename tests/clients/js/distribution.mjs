// A distribution with the AWS SDK for JavaScript v3.  Prints lines as round.mjs does, and between them
// asks the test, which can reach the edge, to look:  view DOMAIN PATH RESULT BODY
// The test answers on standard input with a line, empty when it saw that.
//
// usage: node distribution.mjs ENDPOINT BUCKET CONFIG.json

import assert from 'node:assert/strict';
import {readFileSync} from 'node:fs';
import {createInterface} from 'node:readline';
import {
    CloudFrontClient, CreateDistributionCommand, CreateInvalidationCommand,
    CreateOriginAccessControlCommand, ListDistributionsCommand, waitUntilDistributionDeployed,
    waitUntilInvalidationCompleted,
} from '@aws-sdk/client-cloudfront';
import {CreateBucketCommand, PutBucketPolicyCommand, PutObjectCommand, S3Client} from '@aws-sdk/client-s3';

const [endpoint, Bucket, configFile] = process.argv.slice(2);
const {accessControl, distribution, policy} = JSON.parse(readFileSync(configFile, 'utf8'));
const s3 = new S3Client({endpoint, maxAttempts: 1});
const cloudfront = new CloudFrontClient({endpoint, maxAttempts: 1});
const answers = createInterface({input: process.stdin})[Symbol.asyncIterator]();

const put = (Body) => s3.send(
    new PutObjectCommand({Bucket, Key: 'k', Body, CacheControl: 'max-age=3600'}));

async function view(domain, result, body) {
    console.log(`view ${domain} /k ${result} ${body}`);
    assert.equal((await answers.next()).value, '');
}

async function quick(promise) {
    const started = Date.now();
    assert.equal((await promise).state, 'SUCCESS');
    assert.ok(Date.now() - started < 3000, 'the waiter slept');
}

let made;
const cases = {
    async distribution_is_created_and_deployed() {
        await s3.send(new CreateBucketCommand({Bucket}));
        await put('first');
        const access = await cloudfront.send(
            new CreateOriginAccessControlCommand({OriginAccessControlConfig: accessControl}));
        distribution.Origins.Items[0].OriginAccessControlId = access.OriginAccessControl.Id;
        made = (await cloudfront.send(
            new CreateDistributionCommand({DistributionConfig: distribution}))).Distribution;
        const Policy = policy.replaceAll('DISTRIBUTION', made.Id);
        await s3.send(new PutBucketPolicyCommand({Bucket, Policy}));
        await quick(waitUntilDistributionDeployed({client: cloudfront, maxWaitTime: 120}, {Id: made.Id}));
        const listed = await cloudfront.send(new ListDistributionsCommand({}));
        assert.ok(listed.DistributionList.Items.some((row) => row.Id === made.Id));
    },

    async miss_then_hit() {
        await view(made.DomainName, 'Miss', 'first');
        await view(made.DomainName, 'Hit', 'first');
    },

    async invalidation_brings_the_new_body() {
        await put('second');
        await view(made.DomainName, 'Hit', 'first');
        const {Invalidation} = await cloudfront.send(new CreateInvalidationCommand({
            DistributionId: made.Id,
            InvalidationBatch: {CallerReference: 'once', Paths: {Quantity: 1, Items: ['/*']}},
        }));
        await quick(waitUntilInvalidationCompleted(
            {client: cloudfront, maxWaitTime: 120}, {DistributionId: made.Id, Id: Invalidation.Id}));
        await view(made.DomainName, 'Miss', 'second');
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
process.exit(0);
