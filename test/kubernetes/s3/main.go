// s3 is an object storage in memory, over TLS, for the tests of kubernetes/overlays/s3: s3 ADDRESS CERTIFICATE-FILE BUCKET
// It makes a certificate of its own for its address, and prints a line for each request.
package main

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"fmt"
	"log"
	"math/big"
	"net"
	"net/http"
	"os"
	"time"

	"github.com/johannesboyne/gofakes3"
	"github.com/johannesboyne/gofakes3/backend/s3mem"
)

func main() {
	address, file, bucket := os.Args[1], os.Args[2], os.Args[3]
	storage := s3mem.New()
	if err := storage.CreateBucket(bucket); err != nil {
		log.Fatal(err)
	}
	certificate, text, err := certificateFor(address)
	if err != nil {
		log.Fatal(err)
	}
	listener, err := tls.Listen("tcp", address, &tls.Config{Certificates: []tls.Certificate{certificate}})
	if err != nil {
		log.Fatal(err)
	}
	// Once it is there, it is listened on.
	if err := os.WriteFile(file, text, 0o644); err != nil {
		log.Fatal(err)
	}
	s3 := gofakes3.New(storage).Server()
	log.Fatal(http.Serve(listener, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		s3.ServeHTTP(w, r)
		fmt.Println(r.Method, r.URL.Path)
	})))
}

func certificateFor(address string) (tls.Certificate, []byte, error) {
	host, _, err := net.SplitHostPort(address)
	if err != nil {
		return tls.Certificate{}, nil, err
	}
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return tls.Certificate{}, nil, err
	}
	template := &x509.Certificate{
		SerialNumber:          big.NewInt(1),
		IPAddresses:           []net.IP{net.ParseIP(host)},
		NotAfter:              time.Now().Add(24 * time.Hour),
		KeyUsage:              x509.KeyUsageDigitalSignature | x509.KeyUsageCertSign,
		IsCA:                  true,
		BasicConstraintsValid: true,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		return tls.Certificate{}, nil, err
	}
	text := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}, text, nil
}
