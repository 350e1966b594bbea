// Which words tell a credential from what is harmless? The tracer's table is generated from this one.
// SPDX-License-Identifier: MPL-2.0

const list = (text: string): readonly string[] => text.trim().split(/\s+/);

export const redactionWords = {
  /** Anywhere in a key: secret. */
  telling: list(`
    password passwd passphrase passcode secret token apikey api-key api_key credential streamkey jwt
    authoriz cookie playpath auth-key`),
  /** As the last word of a key: secret ("stream-key" is one, "key-int-max" is none). */
  lastWord: list(`
    key pass pwd pw auth signature sig pin otp sid psk salt nonce streamid hdnts hdnea stream`),
  /** Their values are names, kinds, formats and places; URLs in them are looked at on their own. */
  harmlessKey: list(`
    a-framerate address alignment alpha-mode aspect authmod flash-version audio-sink background
    bind-address bitrate-type buffer-mode bundle-policy ca-cert caps capture channel-mask channels
    chroma-format chroma-site cipher clock-rate clockrate colorimetry colorspace complexity
    compression config connection-state content-type deblocking device device-name dir direction
    directory display display-name dither downmix-mode driver dst-ip element element-name
    encoding-name end-usage engine error features field-order fields file file-name filename folder
    font font-desc font-description format fragment-mode frame-packing framerate genre gst-debug
    gst-debug-dump-dot-dir gst-debug-file gst-plugin-path gst-tracers host hostname http-method
    http-proxy http-version iface interface interlace-mode io-mode ip keyframe-mode language
    latency-mode layout leaky leaky-type level localaddress location log log-level media media-type
    method mode motion multicast-group multicast-iface multiview-mode muxer muxer-factory name names
    norm ntp-time-source operator otlp-endpoint packetization-mode pad parsed path pattern pbkeylen
    pipeline pixel-aspect-ratio pixel-format playlist-location port preset profile protocol
    protocols proxy psy-tune quality rate-control reason resolver-policy rtcp-auth rtcp-cipher rtp-auth
    rtp-cipher rtp-profile sample-format scheme server server-url shm-area-name signal sink-factory
    slave-method socket-path speed-preset src-ip srtcp-auth srtcp-cipher srtp-auth srtp-cipher stage
    state stereo-mode stream-format stream-type strict stun-server sync-method systemstream
    temp-location temp-template thread threads tier timecode-format transport tune turn-server type
    uri url user-agent variant version video-direction video-sink wave`),
  /** OpenTelemetry's attributes of resources. */
  harmlessNamespace: list(`
    service. k8s. host. deployment. cloud. container. process. os. telemetry. faas.`),
  /** The only parts of a query that are shown. */
  harmlessQuery: list(`
    latency mode mtu timeout port ttl transport rcvbuf sndbuf pkt_size buffer_size pbkeylen channel
    subtype resolution fps codec format width height quality n bw version`),
  /** Of any key that is not secret. */
  harmlessValue: list(`
    true false yes no on off auto none default null always never any all fast slow veryfast
    ultrafast superfast medium high low main baseline listener caller rendezvous publish play
    zerolatency downstream upstream passthrough info debug warn warning error trace tcp udp http
    https production staging development`),
  /** A value that begins so is a path of this machine. */
  pathRoot: list(`
    /tmp/ /usr/ /etc/ /var/ /dev/ /opt/ /mnt/ /media/ /srv/ /run/ /proc/ /sys/ /data/
    ./ ../ ~/`),
  /** May stand before user:password@host without "//". */
  schemeWithoutSlashes: list(`
    turn turns stun stuns sip sips mailto`),
  /** A credential follows. */
  authScheme: list(`
    bearer basic digest ntlm negotiate token apikey`),
  /** How credentials begin that can be told without a key. */
  credentialBegins: list(`
    eyJ AKIA ASIA ghp_ gho_ ghs_ github_pat_ glpat- glc_ glsa_ xoxb- xoxp- sk_live_ sk-`),
} as const;
