//! A whole round with the AWS SDK for Rust, run by tests/clients/rust_sdk_test.py.  Prints one line
//! per case: case NAME ok, or case NAME fail MESSAGE.
//!
//! usage: clients ENDPOINT BUCKET ODD-KEYS LARGE-FILE      ODD-KEYS has one key in hex on each line

use std::env;
use std::error::Error;
use std::fs;
use std::future::Future;

use aws_config::{BehaviorVersion, Region};
use aws_sdk_s3::config::Credentials;
use aws_sdk_s3::error::ProvideErrorMetadata;
use aws_sdk_s3::primitives::ByteStream;
use aws_sdk_s3::types::{CompletedMultipartUpload, CompletedPart, Delete, ObjectIdentifier};
use aws_sdk_s3::Client;
use aws_smithy_http_client::tls;

type Outcome = Result<(), Box<dyn Error>>;

const PART_BYTES: usize = 8 << 20;

struct Round {
    s3: Client,
    bucket: String,
    odd_keys: Vec<String>,
    large: Vec<u8>,
}

fn variable(name: &str) -> String {
    env::var(name).unwrap_or_default()
}

/// Trusts the authority of SSL_CERT_FILE and no other.
fn http_client() -> aws_sdk_s3::config::SharedHttpClient {
    let mut store = tls::TrustStore::empty();
    if let Ok(pem) = fs::read(variable("SSL_CERT_FILE")) {
        store = store.with_pem_certificate(pem);
    }
    let context = tls::TlsContext::builder().with_trust_store(store).build().expect("TLS context");
    aws_smithy_http_client::Builder::new()
        .tls_provider(tls::Provider::Rustls(tls::rustls_provider::CryptoMode::Ring))
        .tls_context(context)
        .build_https()
}

async fn client(endpoint: &str) -> Client {
    let keys = Credentials::new(
        variable("AWS_ACCESS_KEY_ID"), variable("AWS_SECRET_ACCESS_KEY"), None, None, "test");
    let shared = aws_config::defaults(BehaviorVersion::latest())
        .region(Region::new(variable("AWS_REGION")))
        .credentials_provider(keys)
        .http_client(http_client())
        .endpoint_url(endpoint)
        .load()
        .await;
    let config = aws_sdk_s3::config::Builder::from(&shared).force_path_style(true).build();
    Client::from_conf(config)
}

fn expect<T: PartialEq + std::fmt::Debug>(what: &str, got: T, wanted: T) -> Outcome {
    if got == wanted {
        return Ok(());
    }
    Err(format!("{what}: got {got:.200?}, wanted {wanted:.200?}").into())
}

fn unhex(line: &str) -> String {
    let bytes = (0..line.len())
        .step_by(2)
        .map(|at| u8::from_str_radix(&line[at..at + 2], 16).expect("hex"))
        .collect();
    String::from_utf8(bytes).expect("UTF-8")
}

impl Round {
    async fn create_bucket(&self) -> Outcome {
        self.s3.create_bucket().bucket(&self.bucket).send().await?;
        self.s3.head_bucket().bucket(&self.bucket).send().await?;
        Ok(())
    }

    async fn put(&self, key: &str, body: &str) -> Outcome {
        let body = ByteStream::from(body.as_bytes().to_vec());
        self.s3.put_object().bucket(&self.bucket).key(key).body(body).send().await?;
        Ok(())
    }

    async fn get(&self, key: &str) -> Result<Vec<u8>, Box<dyn Error>> {
        let answer = self.s3.get_object().bucket(&self.bucket).key(key).send().await?;
        Ok(answer.body.collect().await?.to_vec())
    }

    async fn list(&self, page_size: i32) -> Result<Vec<String>, Box<dyn Error>> {
        let mut keys = Vec::new();
        let mut pages = self.s3.list_objects_v2().bucket(&self.bucket)
            .into_paginator().page_size(page_size).send();
        while let Some(page) = pages.next().await {
            keys.extend(page?.contents().iter().filter_map(|row| row.key().map(String::from)));
        }
        Ok(keys)
    }

    async fn delete_all(&self, keys: &[String]) -> Outcome {
        let objects = keys.iter()
            .map(|key| ObjectIdentifier::builder().key(key).build())
            .collect::<Result<Vec<_>, _>>()?;
        let delete = Delete::builder().set_objects(Some(objects)).build()?;
        let done = self.s3.delete_objects().bucket(&self.bucket).delete(delete).send().await?;
        expect("deleted", done.deleted().len(), keys.len())
    }

    async fn odd_keys_survive(&self) -> Outcome {
        for key in &self.odd_keys {
            self.put(key, key).await.map_err(|fault| format!("put {key:?}: {fault}"))?;
            expect("body", self.get(key).await?, key.as_bytes().to_vec())?;
        }
        let mut wanted = self.odd_keys.clone();
        wanted.sort(); // by bytes, as S3 lists
        expect("list", self.list(1000).await?, wanted.clone())?;
        expect("list in pages", self.list(3).await?, wanted)?;
        self.delete_all(&self.odd_keys).await?;
        expect("list", self.list(1000).await?, Vec::<String>::new())
    }

    async fn large_object(&self) -> Outcome {
        let upload = self.s3.create_multipart_upload()
            .bucket(&self.bucket).key("large").send().await?;
        let id = upload.upload_id().unwrap_or_default();
        let mut parts = Vec::new();
        for (chunk, number) in self.large.chunks(PART_BYTES).zip(1..) {
            let part = self.s3.upload_part().bucket(&self.bucket).key("large").upload_id(id)
                .part_number(number).body(ByteStream::from(chunk.to_vec())).send().await?;
            parts.push(CompletedPart::builder().part_number(number)
                .set_e_tag(part.e_tag().map(String::from))
                .set_checksum_crc32(part.checksum_crc32().map(String::from)).build());
        }
        let all = CompletedMultipartUpload::builder().set_parts(Some(parts)).build();
        self.s3.complete_multipart_upload().bucket(&self.bucket).key("large").upload_id(id)
            .multipart_upload(all).send().await?;
        expect("content", self.get("large").await? == self.large, true)
    }

    async fn errors(&self) -> Outcome {
        let absent = self.s3.get_object().bucket(&self.bucket).key("never there").send().await;
        expect("code", absent.err().and_then(|fault| fault.code().map(String::from)),
            Some("NoSuchKey".to_string()))?;
        let full = self.s3.delete_bucket().bucket(&self.bucket).send().await;
        expect("code", full.err().and_then(|fault| fault.code().map(String::from)),
            Some("BucketNotEmpty".to_string()))
    }

    async fn delete_bucket(&self) -> Outcome {
        self.delete_all(&self.list(1000).await?).await?;
        self.s3.delete_bucket().bucket(&self.bucket).send().await?;
        Ok(())
    }
}

async fn report(name: &str, run: impl Future<Output = Outcome>) {
    match run.await {
        Ok(()) => println!("case {name} ok"),
        Err(fault) => println!("case {name} fail {}", format!("{fault:?}").replace('\n', " ")),
    }
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Outcome {
    let arguments: Vec<String> = env::args().collect();
    let [_, endpoint, bucket, keys, large] = arguments.as_slice() else {
        return Err("usage: clients ENDPOINT BUCKET ODD-KEYS LARGE-FILE".into());
    };
    let round = Round {
        s3: client(endpoint).await,
        bucket: bucket.clone(),
        odd_keys: fs::read_to_string(keys)?.lines().map(unhex).collect(),
        large: fs::read(large)?,
    };
    report("bucket_is_created", round.create_bucket()).await;
    report("odd_keys_survive_put_get_list_and_multi_delete", round.odd_keys_survive()).await;
    report("large_object_goes_up_in_parts_and_comes_down", round.large_object()).await;
    report("errors_have_their_codes", round.errors()).await;
    report("an_empty_bucket_is_deleted", round.delete_bucket()).await;
    Ok(())
}
