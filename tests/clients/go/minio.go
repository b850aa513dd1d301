package main

import (
	"context"
	"fmt"
	"io"
	"net/url"
	"os"
	"strings"
	"time"

	"github.com/minio/minio-go/v7"
	"github.com/minio/minio-go/v7/pkg/credentials"
)

// minioRound drives minio-go: signed streaming uploads, GetBucketLocation before everything else.
type minioRound struct {
	settings
	client *minio.Client
}

func minioCases(with settings) ([]namedCase, error) {
	target, err := url.Parse(with.endpoint)
	if err != nil {
		return nil, err
	}
	client, err := minio.New(target.Host, &minio.Options{
		Creds: credentials.NewEnvAWS(), Secure: target.Scheme == "https", MaxRetries: 1})
	if err != nil {
		return nil, err
	}
	round := &minioRound{with, client}
	return []namedCase{
		{"bucket_is_created", round.createBucket},
		{"odd_keys_survive_put_get_stat_list_and_delete", round.oddKeysSurvive},
		{"large_file_goes_up_in_parts_and_comes_down", round.large},
		{"server_side_compose_of_two_objects", round.compose},
		{"presigned_get_and_put_and_a_changed_url", round.presigned},
		{"an_empty_bucket_is_deleted", round.deleteBucket},
	}, nil
}

func (r *minioRound) createBucket(ctx context.Context) error {
	if err := r.client.MakeBucket(ctx, r.bucket, minio.MakeBucketOptions{}); err != nil {
		return err
	}
	exists, err := r.client.BucketExists(ctx, r.bucket)
	if err != nil {
		return err
	}
	return expect("exists", exists, true)
}

func (r *minioRound) put(ctx context.Context, key, body string) error {
	_, err := r.client.PutObject(ctx, r.bucket, key, strings.NewReader(body), int64(len(body)),
		minio.PutObjectOptions{})
	return err
}

func (r *minioRound) list(ctx context.Context) ([]string, error) {
	keys := []string{}
	for row := range r.client.ListObjects(ctx, r.bucket, minio.ListObjectsOptions{Recursive: true}) {
		if row.Err != nil {
			return nil, row.Err
		}
		keys = append(keys, row.Key)
	}
	return keys, nil
}

func (r *minioRound) oddKeysSurvive(ctx context.Context) error {
	for _, key := range r.oddKeys {
		if err := r.put(ctx, key, key); err != nil {
			return fmt.Errorf("put %q: %w", key, err)
		}
		object, err := r.client.GetObject(ctx, r.bucket, key, minio.GetObjectOptions{})
		if err != nil {
			return err
		}
		body, err := io.ReadAll(object)
		if err != nil || string(body) != key {
			return fmt.Errorf("get %q: %q %w", key, body, err)
		}
	}
	keys, err := r.list(ctx)
	if err == nil {
		err = expect("list", keys, sorted(r.oddKeys))
	}
	if err != nil {
		return err
	}
	return r.deleteAll(ctx)
}

func (r *minioRound) deleteAll(ctx context.Context) error {
	rows := r.client.ListObjects(ctx, r.bucket, minio.ListObjectsOptions{Recursive: true})
	for failure := range r.client.RemoveObjects(ctx, r.bucket, rows, minio.RemoveObjectsOptions{}) {
		return failure.Err
	}
	return nil
}

func (r *minioRound) large(ctx context.Context) error {
	wanted, err := hashOfFile(r.largeFile)
	if err != nil {
		return err
	}
	if _, err = r.client.FPutObject(ctx, r.bucket, "large", r.largeFile,
		minio.PutObjectOptions{PartSize: 8 << 20}); err != nil {
		return err
	}
	target := r.largeFile + ".down"
	defer os.Remove(target)
	if err = r.client.FGetObject(ctx, r.bucket, "large", target, minio.GetObjectOptions{}); err != nil {
		return err
	}
	got, err := hashOfFile(target)
	if err != nil {
		return err
	}
	return expect("content", got, wanted)
}

func (r *minioRound) compose(ctx context.Context) error {
	sources := []minio.CopySrcOptions{
		{Bucket: r.bucket, Object: "large"}, {Bucket: r.bucket, Object: "large"}}
	target := minio.CopyDestOptions{Bucket: r.bucket, Object: "composed"}
	if _, err := r.client.ComposeObject(ctx, target, sources...); err != nil {
		return err
	}
	found, err := r.client.StatObject(ctx, r.bucket, "composed", minio.StatObjectOptions{})
	if err != nil {
		return err
	}
	return expect("size", found.Size, int64(128<<20))
}

func (r *minioRound) presigned(ctx context.Context) error {
	key := "presigned a+b/ü"
	put, err := r.client.PresignedPutObject(ctx, r.bucket, key, 60*time.Second)
	if err != nil {
		return err
	}
	get, err := r.client.PresignedGetObject(ctx, r.bucket, key, 60*time.Second, nil)
	if err != nil {
		return err
	}
	return expectPresigned(put.String(), get.String(), "presigned")
}

func (r *minioRound) deleteBucket(ctx context.Context) error {
	if err := r.deleteAll(ctx); err != nil {
		return err
	}
	return r.client.RemoveBucket(ctx, r.bucket)
}
