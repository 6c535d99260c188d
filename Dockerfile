# The API's image, for those who prefer Docker; `stack image build` makes the same without it.
#
#     docker build -t data-api . && docker run --rm -p 8080:8080 -e GOOGLE_CLOUD_PROJECT=… data-api
FROM rust:1.95-slim-bookworm AS build
WORKDIR /source
COPY . .
# Linked statically, so that the image needs nothing else; --target keeps these flags from build scripts.
RUN --mount=type=cache,target=/usr/local/cargo/registry --mount=type=cache,target=/source/target \
    target=$(rustc -vV | sed -n 's/^host: //p') \
    && RUSTFLAGS="-Ctarget-feature=+crt-static -Clink-arg=-Wl,--build-id=none --remap-path-prefix=/usr/local/cargo=/cargo" \
       cargo build --profile image --locked --package api --bin data-api --target "$target" \
    && install -D "target/$target/image/data-api" /image/usr/local/bin/data-api
RUN mkdir /home/nonroot \
    && install -D /etc/ssl/certs/ca-certificates.crt /image/etc/ssl/certs/ca-certificates.crt \
    && printf 'root:x:0:0:root:/root:/sbin/nologin\nnonroot:x:65532:65532:nonroot:/home/nonroot:/sbin/nologin\n' > /image/etc/passwd \
    && printf 'root:x:0:\nnonroot:x:65532:\n' > /image/etc/group \
    && printf 'hosts: files dns\n' > /image/etc/nsswitch.conf \
    && install -d -m 1777 /image/tmp

FROM scratch
COPY --from=build /image/ /
COPY --from=build --chown=65532:65532 --chmod=0700 /home/nonroot/ /home/nonroot/
ENV HOME=/home/nonroot PATH=/usr/local/bin SSL_CERT_FILE=/etc/ssl/certs/ca-certificates.crt
WORKDIR /home/nonroot
USER 65532:65532
EXPOSE 8080
ENTRYPOINT ["/usr/local/bin/data-api"]
