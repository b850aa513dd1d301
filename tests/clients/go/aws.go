package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/url"
	"os"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/feature/s3/manager"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"
	"github.com/aws/smithy-go"

	"strings"
)

// awsRound drives aws-sdk-go-v2: unsigned-trailer uploads with CRC32 over TLS, signed ones over HTTP.
type awsRound struct {
	settings
	client *s3.Client
}

func awsCases(with settings) []namedCase {
	loaded, err := config.LoadDefaultConfig(context.Background())
	round := &awsRound{with, s3.NewFromConfig(loaded, func(options *s3.Options) {
		options.BaseEndpoint = aws.String(with.endpoint)
		options.UsePathStyle = true
		options.RetryMaxAttempts = 1
	})}
	return []namedCase{
		{"configuration_loads", func(context.Context) error { return err }},
		{"bucket_is_created", round.createBucket},
		{"odd_keys_survive_put_get_copy_list_and_multi_delete", round.oddKeysSurvive},
		{"large_file_goes_up_in_parts_and_comes_down", round.large},
		{"presigned_get_and_put_and_a_changed_url", round.presigned},
		{"errors_have_their_codes", round.errors},
		{"an_empty_bucket_is_deleted", round.deleteBucket},
	}
}

func (r *awsRound) createBucket(ctx context.Context) error {
	_, err := r.client.CreateBucket(ctx, &s3.CreateBucketInput{Bucket: &r.bucket})
	return err
}

func (r *awsRound) put(ctx context.Context, key, body string) error {
	_, err := r.client.PutObject(ctx, &s3.PutObjectInput{
		Bucket: &r.bucket, Key: &key, Body: strings.NewReader(body)})
	return err
}

func (r *awsRound) get(ctx context.Context, key string) (string, error) {
	answer, err := r.client.GetObject(ctx, &s3.GetObjectInput{Bucket: &r.bucket, Key: &key})
	if err != nil {
		return "", err
	}
	defer answer.Body.Close()
	text, err := io.ReadAll(answer.Body)
	return string(text), err
}

func (r *awsRound) list(ctx context.Context, pageSize int32) ([]string, error) {
	keys := []string{}
	pages := s3.NewListObjectsV2Paginator(r.client,
		&s3.ListObjectsV2Input{Bucket: &r.bucket, MaxKeys: &pageSize})
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return nil, err
		}
		for _, row := range page.Contents {
			keys = append(keys, *row.Key)
		}
	}
	return keys, nil
}

func (r *awsRound) deleteAll(ctx context.Context, keys []string) error {
	var objects []types.ObjectIdentifier
	for _, key := range keys {
		objects = append(objects, types.ObjectIdentifier{Key: aws.String(key)})
	}
	done, err := r.client.DeleteObjects(ctx, &s3.DeleteObjectsInput{
		Bucket: &r.bucket, Delete: &types.Delete{Objects: objects}})
	if err != nil {
		return err
	}
	return expect("deleted", len(done.Deleted), len(keys))
}

func (r *awsRound) oddKeysSurvive(ctx context.Context) error {
	for _, key := range r.oddKeys {
		if err := r.put(ctx, key, key); err != nil {
			return fmt.Errorf("put %q: %w", key, err)
		}
		source := r.bucket + "/" + url.PathEscape(key)
		if _, err := r.client.CopyObject(ctx, &s3.CopyObjectInput{
			Bucket: &r.bucket, Key: aws.String("copy of one"), CopySource: &source}); err != nil {
			return fmt.Errorf("copy %q: %w", key, err)
		}
		for _, name := range []string{key, "copy of one"} {
			if body, err := r.get(ctx, name); err != nil || body != key {
				return fmt.Errorf("get %q: %q %w", name, body, err)
			}
		}
	}
	if err := r.deleteAll(ctx, []string{"copy of one"}); err != nil {
		return err
	}
	for _, size := range []int32{3, 1000} {
		keys, err := r.list(ctx, size)
		if err == nil {
			err = expect("list", keys, sorted(r.oddKeys))
		}
		if err != nil {
			return err
		}
	}
	return r.deleteAll(ctx, r.oddKeys)
}

func (r *awsRound) large(ctx context.Context) error {
	wanted, err := hashOfFile(r.largeFile)
	if err != nil {
		return err
	}
	file, err := os.Open(r.largeFile)
	if err != nil {
		return err
	}
	defer file.Close()
	uploader := manager.NewUploader(r.client, func(u *manager.Uploader) { u.PartSize = 8 << 20 })
	if _, err = uploader.Upload(ctx, &s3.PutObjectInput{
		Bucket: &r.bucket, Key: aws.String("large"), Body: file}); err != nil {
		return err
	}
	answer, err := r.client.GetObject(ctx,
		&s3.GetObjectInput{Bucket: &r.bucket, Key: aws.String("large")})
	if err != nil {
		return err
	}
	defer answer.Body.Close()
	got, err := hashOf(answer.Body)
	if err != nil {
		return err
	}
	return expect("content", got, wanted)
}

func (r *awsRound) presigned(ctx context.Context) error {
	signer := s3.NewPresignClient(r.client, s3.WithPresignExpires(60*time.Second))
	key := "presigned a+b/ü"
	put, err := signer.PresignPutObject(ctx, &s3.PutObjectInput{Bucket: &r.bucket, Key: &key})
	if err != nil {
		return err
	}
	get, err := signer.PresignGetObject(ctx, &s3.GetObjectInput{Bucket: &r.bucket, Key: &key})
	if err != nil {
		return err
	}
	return expectPresigned(put.URL, get.URL, "presigned")
}

func expectCode(err error, wanted string) error {
	var api smithy.APIError
	if !errors.As(err, &api) {
		return fmt.Errorf("wanted %s, got %v", wanted, err)
	}
	return expect("code", api.ErrorCode(), wanted)
}

func (r *awsRound) errors(ctx context.Context) error {
	_, err := r.get(ctx, "never there")
	if err = expectCode(err, "NoSuchKey"); err != nil {
		return err
	}
	_, err = r.client.DeleteBucket(ctx, &s3.DeleteBucketInput{Bucket: &r.bucket})
	if err = expectCode(err, "BucketNotEmpty"); err != nil {
		return err
	}
	other := r.bucket + "-other"
	_, err = r.client.ListObjectsV2(ctx, &s3.ListObjectsV2Input{Bucket: &other})
	return expectCode(err, "NoSuchBucket")
}

func (r *awsRound) deleteBucket(ctx context.Context) error {
	keys, err := r.list(ctx, 1000)
	if err == nil {
		err = r.deleteAll(ctx, keys)
	}
	if err == nil {
		_, err = r.client.DeleteBucket(ctx, &s3.DeleteBucketInput{Bucket: &r.bucket})
	}
	return err
}
