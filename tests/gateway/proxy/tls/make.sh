#!/bin/sh
# Makes the certificates of test_tls.py anew (openssl 3): an authority, and what it signed, good and bad. The keys guard
# nothing: they are made for tests, and valid on 127.0.0.1 and localhost only.
set -eu
cd "$(dirname "$0")"
far=36500
for name in ca other_ca; do
  openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout "$name.key" -out "$name.pem" -days $far \
    -subj "/CN=Wardgate tests $name" -addext basicConstraints=critical,CA:TRUE -addext keyUsage=critical,keyCertSign
done
openssl ecparam -name prime256v1 -genkey -noout -out server.key
sign() {  # file, name, not before, not after
  openssl req -new -key server.key -subj "/CN=$2" -out server.csr
  printf 'subjectAltName=%s\nbasicConstraints=CA:FALSE\nauthorityKeyIdentifier=keyid\nsubjectKeyIdentifier=hash\n' "$2" > server.ext
  mkdir -p db && : > db/index && echo 01 > db/serial
  openssl ca -batch -notext -config /dev/stdin -in server.csr -out "$1" -startdate "$3" -enddate "$4" -extfile server.ext <<CONF
[ca]
default_ca=c
[c]
dir=db
database=db/index
serial=db/serial
new_certs_dir=db
certificate=ca.pem
private_key=ca.key
default_md=sha256
policy=p
unique_subject=no
[p]
commonName=supplied
CONF
  rm -rf db server.csr server.ext
}
sign good.pem "DNS:localhost,IP:127.0.0.1" 20240101000000Z 21240101000000Z
sign wrong_name.pem "DNS:other.example" 20240101000000Z 21240101000000Z
sign expired.pem "DNS:localhost,IP:127.0.0.1" 20230101000000Z 20240101000000Z
rm -f ca.key other_ca.key
