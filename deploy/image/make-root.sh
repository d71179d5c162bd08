#!/bin/sh
# Run by the Dockerfile, in a Debian with node and git: make-root.sh FOLDER VOLUMES. Lays out in FOLDER what the image
# consists of besides the product: node, git over http(s), the libraries these load, certificates, users; no shell, no
# tools. VOLUMES gets the folders that belong to the user of the image.
set -eu
root=$1
volumes=$2
git_core=/usr/lib/git-core

mkdir -p "$root/usr/lib" "$root/usr/lib64" "$root/usr/bin" "$root/tmp" "$volumes/data" "$root/etc" \
  "$root$git_core" "$root/var/lib/dpkg/status.d" "$root/etc/ssl/certs"
ln -s usr/lib "$root/lib"
ln -s usr/lib64 "$root/lib64"
chmod 1777 "$root/tmp"
chown 10001:10001 "$volumes/data"

# Programs, and with them every library that the loader would bring. -L: a file in place of each link.
programs="/usr/local/bin/node /usr/bin/git $git_core/git-remote-http"
# shellcheck disable=SC2086 # one word a program
libraries=$(ldd $programs | grep -o '/[^ ]*\.so[^ ]*' | sort -u)
for file in $programs $libraries; do
  cp -L --parents "$file" "$root"
done
ln -s git-remote-http "$root$git_core/git-remote-https"
# git starts itself for parts of a fetch.
ln -s ../../bin/git "$root$git_core/git"

cp -L /etc/ssl/certs/ca-certificates.crt "$root/etc/ssl/certs/"
cp -L /etc/os-release "$root/etc/"
echo 'hosts: files dns' > "$root/etc/nsswitch.conf"
printf '%s\n' 'root:x:0:0:root:/nonexistent:/nonexistent' \
  'tagwarden:x:10001:10001:tagwarden:/data:/nonexistent' > "$root/etc/passwd"
printf '%s\n' 'root:x:0:' 'tagwarden:x:10001:' > "$root/etc/group"

# What scanners read, as in distroless images, and what the licenses ask for.
record() {
  dpkg-query -s "$1" > "$root/var/lib/dpkg/status.d/${1%%:*}"
  copyright="/usr/share/doc/${1%%:*}/copyright"
  if [ -e "$copyright" ]; then
    mkdir -p "$root${copyright%/*}"
    cp -L "$copyright" "$root$copyright"
  fi
}
owner() {
  # Debian lists some files below /lib that lie below /usr/lib.
  dpkg-query -S "$1" 2> /dev/null || dpkg-query -S "${1#/usr}" 2> /dev/null || true
}
for file in /usr/bin/git $libraries; do
  owner "$(readlink -f "$file")"
done | sed 's/: .*//' | sort -u | while read -r package; do
  record "$package"
done
record ca-certificates
record base-files
if [ -e /usr/local/LICENSE ]; then cp /usr/local/LICENSE "$root/usr/local/LICENSE"; fi
