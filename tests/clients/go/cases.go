// A whole round with the Go SDKs, run by tests/clients/go_sdk_test.py.  Prints one line per case:
// case NAME ok, or case NAME fail MESSAGE.
//
// usage: clients aws|minio ENDPOINT BUCKET ODD-KEYS.json LARGE-FILE
package main

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"reflect"
	"sort"
	"strings"
)

// settings are the command line's; a client of either SDK is made from them.
type settings struct {
	endpoint, bucket string
	oddKeys          []string
	largeFile        string
}

type namedCase struct {
	name string
	run  func(context.Context) error
}

func main() {
	if len(os.Args) != 6 {
		fmt.Fprintln(os.Stderr, "usage: clients aws|minio ENDPOINT BUCKET ODD-KEYS.json LARGE-FILE")
		os.Exit(2)
	}
	with := settings{endpoint: os.Args[2], bucket: os.Args[3], largeFile: os.Args[5]}
	text, err := os.ReadFile(os.Args[4])
	if err == nil {
		err = json.Unmarshal(text, &with.oddKeys)
	}
	var cases []namedCase
	if err == nil && os.Args[1] == "aws" {
		cases = awsCases(with)
	} else if err == nil {
		cases, err = minioCases(with)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	for _, each := range cases {
		if err := each.run(context.Background()); err != nil {
			fmt.Printf("case %s fail %s\n", each.name, strings.ReplaceAll(err.Error(), "\n", " "))
		} else {
			fmt.Printf("case %s ok\n", each.name)
		}
	}
}

func expect(what string, got, wanted any) error {
	if reflect.DeepEqual(got, wanted) {
		return nil
	}
	return fmt.Errorf("%s: got %.200q, wanted %.200q", what, fmt.Sprint(got), fmt.Sprint(wanted))
}

func sorted(keys []string) []string {
	result := append([]string{}, keys...)
	sort.Strings(result) // by bytes, as S3 lists
	return result
}

func hashOf(reader io.Reader) (string, error) {
	hash := sha256.New()
	_, err := io.Copy(hash, reader)
	return hex.EncodeToString(hash.Sum(nil)), err
}

func hashOfFile(path string) (string, error) {
	file, err := os.Open(path)
	if err != nil {
		return "", err
	}
	defer file.Close()
	return hashOf(file)
}

// fetch sends a request without any SDK, for presigned URLs.
func fetch(method, url, body string) (int, string, error) {
	request, err := http.NewRequest(method, url, bytes.NewBufferString(body))
	if err != nil {
		return 0, "", err
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return 0, "", err
	}
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	return response.StatusCode, string(text), err
}

// expectPresigned writes and reads through presigned URLs, then changes one and must be refused.
func expectPresigned(put, get, body string) error {
	if status, text, err := fetch("PUT", put, body); err != nil || status != 200 {
		return fmt.Errorf("presigned PUT: %d %s %v", status, text, err)
	}
	if status, text, err := fetch("GET", get, ""); err != nil || status != 200 || text != body {
		return fmt.Errorf("presigned GET: %d %s %v", status, text, err)
	}
	changed := strings.Replace(get, "X-Amz-Expires=6", "X-Amz-Expires=7", 1)
	status, text, err := fetch("GET", changed, "")
	if err != nil || changed == get || status != 403 ||
		!strings.Contains(text, "<Code>SignatureDoesNotMatch</Code>") {
		return fmt.Errorf("changed URL: %d %s %v", status, text, err)
	}
	return nil
}
