# Certificates for tests, made with openssl. Sourced.

# make_ca FILE NAME: FILE.crt and FILE.key, a CA called NAME.
make_ca() {
  openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 30 -subj "/CN=$2" \
    -keyout "$1.key" -out "$1.crt" 2> /dev/null
}
# issue CA FILE SUBJECT EXTENSION: FILE.crt and FILE.key of SUBJECT, signed by the CA whose files CA names.
issue() {
  openssl req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj "$3" \
    -keyout "$2.key" -out "$2.csr" 2> /dev/null
  openssl x509 -req -in "$2.csr" -CA "$1.crt" -CAkey "$1.key" -CAcreateserial -days 30 \
    -extfile <(printf '%s' "$4") -out "$2.crt" 2> /dev/null
  rm "$2.csr"
}
