//! The fields of frames, and those of header fields by name.

use crate::decode::FieldDef;

crate::decode::field::fields! {
    MAGIC = FieldDef::text("http2.magic", "Magic")
        .about("What a client sends first: no server of HTTP/1 takes it for a request. RFC 9113, 3.4.");
    STREAM = FieldDef::group("http2.stream", "Stream")
        .about("A frame: what belongs to one request and its answer has one stream number, so that many share a connection. RFC 9113, 4.1.");
    LENGTH = FieldDef::uint("http2.length", "Length", 24)
        .about("Bytes of the frame behind its header of nine. RFC 9113, 4.1.");
    TYPE = FieldDef::uint("http2.type", "Type", 8)
        .values(&[
            (0, "DATA"),
            (1, "HEADERS"),
            (2, "PRIORITY"),
            (3, "RST_STREAM"),
            (4, "SETTINGS"),
            (5, "PUSH_PROMISE"),
            (6, "PING"),
            (7, "GOAWAY"),
            (8, "WINDOW_UPDATE"),
            (9, "CONTINUATION"),
            (10, "ALTSVC"),
            (12, "ORIGIN"),
            (16, "PRIORITY_UPDATE"),
        ])
        .about("What the frame is for; types that nobody knows are ignored. RFC 9113, 6.");
    FLAGS = FieldDef::uint("http2.flags", "Flags", 8)
        .hex()
        .about("What the flags mean depends on the type. RFC 9113, 4.1.");
    ACK_SETTINGS = FieldDef::flag("http2.flags.ack.settings", "ACK", 8, 0x01)
        .about("The settings of the other side are in force from here on. RFC 9113, 6.5.");
    ACK_PING = FieldDef::flag("http2.flags.ack.ping", "ACK", 8, 0x01)
        .about("The answer to a PING. RFC 9113, 6.7.");
    END_STREAM = FieldDef::flag("http2.flags.end_stream", "End Stream", 8, 0x01)
        .about("The last frame that this side sends on the stream. RFC 9113, 6.1.");
    END_HEADERS = FieldDef::flag("http2.flags.eh", "End Headers", 8, 0x04)
        .about("The header block ends here, and does not go on in a CONTINUATION. RFC 9113, 6.2.");
    PADDED = FieldDef::flag("http2.flags.padded", "Padded", 8, 0x08)
        .about("Padding stands at the end, so that lengths tell less. RFC 9113, 6.1.");
    PRIORITY = FieldDef::flag("http2.flags.priority", "Priority", 8, 0x20)
        .about("A priority stands before the header block. RFC 9113, 6.2.");
    RESERVED = FieldDef::uint("http2.r", "Reserved", 32)
        .hex()
        .mask(0x8000_0000)
        .about("Nothing yet: zero. RFC 9113, 4.1.");
    STREAM_ID = FieldDef::uint("http2.streamid", "Stream Identifier", 32)
        .mask(0x7fff_ffff)
        .about("Which request and answer: odd ones are the client's, 0 is the connection itself. RFC 9113, 5.1.1.");
    PAD_LENGTH = FieldDef::uint("http2.pad_length", "Pad Length", 8)
        .about("Bytes of padding at the end of the frame. RFC 9113, 6.1.");
    EXCLUSIVE = FieldDef::flag("http2.exclusive", "Exclusive", 32, 0x8000_0000)
        .about("The stream wants to be the only one below the other; given up since. RFC 7540, 5.3.1.");
    DEPENDENCY = FieldDef::uint("http2.stream_dependency", "Stream Dependency", 32)
        .mask(0x7fff_ffff)
        .about("The stream that this one is to wait for; given up since. RFC 7540, 5.3.1.");
    WEIGHT = FieldDef::uint("http2.headers.weight", "Weight", 8)
        .about("Share among the streams that wait for the same one, less one. RFC 7540, 5.3.2.");
    WEIGHT_REAL = FieldDef::uint("http2.headers.weight_real", "Weight real", 16)
        .about("The share itself. RFC 7540, 5.3.2.");
    DATA = FieldDef::bytes("http2.data.data", "Data")
        .about("A part of the request's or the answer's body. RFC 9113, 6.1.");
    DATA_PADDING = FieldDef::bytes("http2.data.padding", "Padding")
        .about("Zeros that mean nothing. RFC 9113, 6.1.");
    HEADERS = FieldDef::bytes("http2.headers", "Header Block Fragment")
        .about("Header fields, compressed. RFC 9113, 4.3; RFC 7541.");
    HEADERS_PADDING = FieldDef::bytes("http2.headers.padding", "Padding")
        .about("Zeros that mean nothing. RFC 9113, 6.2.");
    PROMISE_HEADERS = FieldDef::bytes("http2.push_promise.header", "Header Block Fragment")
        .about("Header fields of the request that the server answers unasked. RFC 9113, 6.6.");
    PROMISE_PADDING = FieldDef::bytes("http2.push_promise.padding", "Padding")
        .about("Zeros that mean nothing. RFC 9113, 6.6.");
    CONTINUATION = FieldDef::bytes("http2.continuation.header", "Continuation Header")
        .about("What goes on of the header fields that the frame before began. RFC 9113, 6.10.");
    HEADER = FieldDef::group("http2.header", "Header")
        .about("One header field. RFC 7541, 6.");
    NAME_LENGTH = FieldDef::uint("http2.header.name.length", "Name Length", 32)
        .about("Bytes of the name when it is not compressed. RFC 7541, 5.2.");
    NAME = FieldDef::text("http2.header.name", "Name")
        .about("Name of the header field; those that begin with a colon stand for the start line. RFC 9113, 8.3.");
    VALUE_LENGTH = FieldDef::uint("http2.header.value.length", "Value Length", 32)
        .about("Bytes of the value when it is not compressed. RFC 7541, 5.2.");
    VALUE = FieldDef::text("http2.header.value", "Value")
        .about("Value of the header field. RFC 9113, 8.2.");
    REPRESENTATION = FieldDef::text("http2.header.repr", "Representation")
        .about("How the field is written: as an entry of a table, or in letters that are kept in it or not. RFC 7541, 6.");
    INDEX = FieldDef::uint("http2.header.index", "Index", 32)
        .about("Entry of the table: up to 61 the same for all, above them what this direction of the connection sent before, the newest first. RFC 7541, 2.3.3.");
    PARTIAL_BLOCK = FieldDef::bytes("wirepeel.http2.partial_header", "Header cut short")
        .about("The begin of a header field that goes on elsewhere, or cannot be read. RFC 9113, 4.3.");
    TABLE_UPDATE = FieldDef::group("http2.header_table_size_update", "Header table size update")
        .about("The table keeps another number of bytes from here on. RFC 7541, 6.3.");
    TABLE_SIZE = FieldDef::uint("http2.header_table_size_update.header_table_size", "Header table size", 32)
        .about("How many. RFC 7541, 6.3.");
    RST_ERROR = FieldDef::uint("http2.rst_stream.error", "Error", 32)
        .values(ERRORS)
        .about("Why the stream ends. RFC 9113, 7.");
    SETTINGS = FieldDef::group("http2.settings", "Settings")
        .about("What the sender can take, or wants. RFC 9113, 6.5.1.");
    SETTING_ID = FieldDef::uint("http2.settings.id", "Settings Identifier", 16)
        .values(&[
            (1, "Header table size"),
            (2, "Enable PUSH"),
            (3, "Max concurrent streams"),
            (4, "Initial Windows size"),
            (5, "Max frame size"),
            (6, "Max header list size"),
            (8, "Extended CONNECT"),
            (9, "No RFC7540 priorities"),
        ])
        .about("Which setting; those that nobody knows are ignored. RFC 9113, 6.5.2.");
    TABLE_SIZE_SETTING = FieldDef::uint("http2.settings.header_table_size", "Header table size", 32)
        .about("Bytes that the other side's table of header fields may have. RFC 9113, 6.5.2.");
    ENABLE_PUSH = FieldDef::uint("http2.settings.enable_push", "Enable PUSH", 32)
        .about("Whether the server may send answers that nobody asked for. RFC 9113, 6.5.2.");
    MAX_STREAMS = FieldDef::uint("http2.settings.max_concurrent_streams", "Max concurrent streams", 32)
        .about("Streams that the other side may have open at once. RFC 9113, 6.5.2.");
    WINDOW_SIZE = FieldDef::uint("http2.settings.initial_window_size", "Initial Windows Size", 32)
        .about("Bytes of data that each stream may have on the way at first. RFC 9113, 6.5.2.");
    MAX_FRAME = FieldDef::uint("http2.settings.max_frame_size", "Max frame size", 32)
        .about("Bytes of the longest frame that the sender takes. RFC 9113, 6.5.2.");
    MAX_HEADERS = FieldDef::uint("http2.settings.max_header_list_size", "Max header list size", 32)
        .about("Bytes of header fields that the sender takes, when they are not compressed. RFC 9113, 6.5.2.");
    EXTENDED_CONNECT = FieldDef::uint("http2.settings.extended_connect", "Extended CONNECT", 32)
        .about("WebSockets may be opened through the connection. RFC 8441, 3.");
    NO_PRIORITIES = FieldDef::uint("wirepeel.http2.settings.no_rfc7540_priorities", "No RFC7540 priorities", 32)
        .about("The sender does not use the priorities of RFC 7540. RFC 9218, 2.1.");
    UNKNOWN_SETTING = FieldDef::uint("http2.settings.unknown", "Unknown Settings", 32)
        .about("The value of a setting that wirepeel does not know. RFC 9113, 6.5.2.");
    PROMISE_RESERVED = FieldDef::uint("http2.push_promise.r", "Reserved", 32)
        .hex()
        .mask(0x8000_0000)
        .about("Nothing yet: zero. RFC 9113, 6.6.");
    PROMISED_STREAM = FieldDef::uint("http2.push_promise.promised_stream_id", "Promised-Stream-ID", 32)
        .mask(0x7fff_ffff)
        .about("The stream that the answer will have. RFC 9113, 6.6.");
    PING = FieldDef::bytes("http2.ping", "Ping").about("Anything; the answer brings it back. RFC 9113, 6.7.");
    PONG = FieldDef::bytes("http2.pong", "Pong").about("What the PING brought. RFC 9113, 6.7.");
    LAST_RESERVED = FieldDef::uint("http2.goway.r", "Reserved", 32)
        .hex()
        .mask(0x8000_0000)
        .about("Nothing yet: zero. RFC 9113, 6.8.");
    LAST_STREAM = FieldDef::uint("http2.goaway.last_stream_id", "Last-Stream-ID", 32)
        .mask(0x7fff_ffff)
        .about("Requests up to this stream were or may be answered; later ones are safe to be sent again. RFC 9113, 6.8.");
    GOAWAY_ERROR = FieldDef::uint("http2.goaway.error", "Error", 32)
        .values(ERRORS)
        .about("Why the connection ends. RFC 9113, 7.");
    GOAWAY_DATA = FieldDef::bytes("http2.goaway.addata", "Additional Debug Data")
        .about("Words for people; they mean nothing to programs. RFC 9113, 6.8.");
    WINDOW_RESERVED = FieldDef::uint("http2.window_update.r", "Reserved", 32)
        .hex()
        .mask(0x8000_0000)
        .about("Nothing yet: zero. RFC 9113, 6.9.");
    INCREMENT = FieldDef::uint("http2.window_update.window_size_increment", "Window Size Increment", 32)
        .mask(0x7fff_ffff)
        .about("So many more bytes of data may be sent, on the stream or, on stream 0, on all of them together. RFC 9113, 6.9.");
    ALTSVC_LENGTH = FieldDef::uint("http2.altsvc.origin.len", "Origin Length", 16)
        .about("Bytes of the origin. RFC 7838, 4.");
    ALTSVC_ORIGIN = FieldDef::text("http2.altsvc.origin", "Origin")
        .about("The site that can be had elsewhere too. RFC 7838, 4.");
    ALTSVC_VALUE = FieldDef::text("http2.altsvc.field_value", "Field/Value")
        .about("Where: protocol, host and port. RFC 7838, 3.");
    ORIGIN_ENTRY = FieldDef::group("http2.origin", "Origin")
        .about("A site that this connection serves. RFC 8336, 2.");
    ORIGIN_LENGTH = FieldDef::uint("http2.origin.origin_len", "Origin Length", 16)
        .about("Bytes of its name. RFC 8336, 2.");
    ORIGIN = FieldDef::text("http2.origin.origin", "Origin").about("Its name. RFC 8336, 2.");
    UPDATED_STREAM = FieldDef::uint("http2.priority_update_stream_id", "Priority Update Stream ID", 32)
        .mask(0x7fff_ffff)
        .about("The stream whose priority changes. RFC 9218, 7.1.");
    UPDATED_PRIORITY = FieldDef::text("http2.priority_update_field_value", "Priority Update Field Value")
        .about("How urgent it is, and whether its answer is of use in parts. RFC 9218, 4.");
    UNKNOWN = FieldDef::bytes("http2.unknown", "Unknown")
        .about("The payload of a frame that wirepeel does not know, or that has not the form of its type. RFC 9113, 5.5.");
    PARTIAL = FieldDef::bytes("wirepeel.http2.partial_frame", "Frame header cut short")
        .about("The begin of a frame's header; the rest of it is in the next segment. RFC 9113, 4.1.");
    CONTINUED = FieldDef::bytes("wirepeel.http2.continued", "Frame continued")
        .about("What belongs to a frame that earlier segments begin; where it ends it is told as a whole. RFC 9113, 4.1.");
}

static ERRORS: &[(u64, &str)] = &[
    (0, "NO_ERROR"),
    (1, "PROTOCOL_ERROR"),
    (2, "INTERNAL_ERROR"),
    (3, "FLOW_CONTROL_ERROR"),
    (4, "SETTINGS_TIMEOUT"),
    (5, "STREAM_CLOSED"),
    (6, "FRAME_SIZE_ERROR"),
    (7, "REFUSED_STREAM"),
    (8, "CANCEL"),
    (9, "COMPRESSION_ERROR"),
    (10, "CONNECT_ERROR"),
    (11, "ENHANCE_YOUR_CALM"),
    (12, "INADEQUATE_SECURITY"),
    (13, "HTTP_1_1_REQUIRED"),
];

/// The words for a status code. RFC 9110, 15.
pub(super) fn reason(status: &[u8]) -> Option<&'static str> {
    Some(match status {
        b"100" => "Continue",
        b"103" => "Early Hints",
        b"200" => "OK",
        b"201" => "Created",
        b"202" => "Accepted",
        b"204" => "No Content",
        b"206" => "Partial Content",
        b"301" => "Moved Permanently",
        b"302" => "Found",
        b"303" => "See Other",
        b"304" => "Not Modified",
        b"307" => "Temporary Redirect",
        b"308" => "Permanent Redirect",
        b"400" => "Bad Request",
        b"401" => "Unauthorized",
        b"403" => "Forbidden",
        b"404" => "Not Found",
        b"405" => "Method Not Allowed",
        b"408" => "Request Timeout",
        b"413" => "Content Too Large",
        b"415" => "Unsupported Media Type",
        b"421" => "Misdirected Request",
        b"429" => "Too Many Requests",
        b"431" => "Request Header Fields Too Large",
        b"500" => "Internal Server Error",
        b"501" => "Not Implemented",
        b"502" => "Bad Gateway",
        b"503" => "Service Unavailable",
        b"504" => "Gateway Timeout",
        _ => return None,
    })
}

/// A header field with a definition of its own, by name.
macro_rules! named {
    ($($name:literal $id:ident $kind:ident $field:literal $about:literal;)*) => {
        $(static $id: FieldDef = named!(@ $kind $field $name).about($about);)*
        static NAMED: &[(&str, &FieldDef)] = &[$(($name, &$id),)*];
        /// Every field of [`named`].
        pub(super) const NAMED_FIELDS: &[&FieldDef] = &[$(&$id,)*];
    };
    (@ text $field:literal $name:literal) => { FieldDef::text($field, $name) };
    (@ uint $field:literal $name:literal) => { FieldDef::uint($field, $name, 64) };
    (@ status $field:literal $name:literal) => { FieldDef::uint($field, $name, 16) };
}

named! {
    ":authority" AUTHORITY text "http2.headers.authority" "Host, and port where it is another than usual, that the request is for. RFC 9113, 8.3.1.";
    ":method" METHOD text "http2.headers.method" "What the client wants done. RFC 9113, 8.3.1.";
    ":path" PATH text "http2.headers.path" "What the client wants it done with. RFC 9113, 8.3.1.";
    ":scheme" SCHEME text "http2.headers.scheme" "http, or https where TLS is around it. RFC 9113, 8.3.1.";
    ":status" STATUS status "http2.headers.status" "How the request fared: 2xx well, 3xx elsewhere, 4xx the client's fault, 5xx the server's. RFC 9110, 15.";
    "accept" ACCEPT text "http2.headers.accept" "Kinds of data that the client can take. RFC 9110, 12.5.1.";
    "accept-charset" ACCEPT_CHARSET text "http2.headers.accept_charset" "Character sets that the client can take; out of use. RFC 9110, 12.5.2.";
    "accept-encoding" ACCEPT_ENCODING text "http2.headers.accept_encoding" "Compressions that the client can undo. RFC 9110, 12.5.3.";
    "accept-language" ACCEPT_LANGUAGE text "http2.headers.accept_language" "Languages that the person at the client reads. RFC 9110, 12.5.4.";
    "accept-ranges" ACCEPT_RANGES text "http2.headers.accept_ranges" "Whether parts can be asked for. RFC 9110, 14.3.";
    "access-control-allow-origin" ALLOW_ORIGIN text "http2.headers.access_control_allow_origin" "Whose pages may read the answer. Fetch standard, 3.3.3.";
    "age" AGE uint "http2.headers.age" "Seconds that a cache has had the answer. RFC 9111, 5.1.";
    "allow" ALLOW text "http2.headers.allow" "Methods that can be used here. RFC 9110, 10.2.1.";
    "authorization" AUTHORIZATION text "http2.headers.authorization" "Proof of who the client is. RFC 9110, 11.6.2.";
    "cache-control" CACHE_CONTROL text "http2.headers.cache_control" "Whether and how long caches may keep the content. RFC 9111, 5.2.";
    "content-disposition" CONTENT_DISPOSITION text "http2.headers.content_disposition" "Whether to show it or to save it, and under which name. RFC 6266, 4.";
    "content-encoding" CONTENT_ENCODING text "http2.headers.content_encoding" "How the body is compressed. RFC 9110, 8.4.";
    "content-language" CONTENT_LANGUAGE text "http2.headers.content_language" "Language of the content. RFC 9110, 8.5.";
    "content-length" CONTENT_LENGTH uint "http2.headers.content_length" "Bytes of body that the DATA frames bring. RFC 9110, 8.6.";
    "content-location" CONTENT_LOCATION text "http2.headers.content_location" "The content's own address. RFC 9110, 8.7.";
    "content-range" CONTENT_RANGE text "http2.headers.content_range" "Which part of the content this is. RFC 9110, 14.4.";
    "content-type" CONTENT_TYPE text "http2.headers.content_type" "What kind of data the body is. RFC 9110, 8.3.";
    "cookie" COOKIE text "http2.headers.cookie" "What the server gave the client to remember, brought back. RFC 6265, 4.2.";
    "date" DATE text "http2.headers.date" "When the message was made. RFC 9110, 6.6.1.";
    "etag" ETAG text "http2.headers.etag" "A mark of this version of the content. RFC 9110, 8.8.3.";
    "expect" EXPECT text "http2.headers.expect" "What the client waits for before it sends the body. RFC 9110, 10.1.1.";
    "expires" EXPIRES text "http2.headers.expires" "When the content is no longer fresh. RFC 9111, 5.3.";
    "from" FROM text "http2.headers.from" "Mailbox of the person who uses the client. RFC 9110, 10.1.2.";
    "if-match" IF_MATCH text "http2.headers.if_match" "Only if the content is of one of these versions. RFC 9110, 13.1.1.";
    "if-modified-since" IF_MODIFIED text "http2.headers.if_modified_since" "Only if it changed since. RFC 9110, 13.1.3.";
    "if-none-match" IF_NONE_MATCH text "http2.headers.if_none_match" "Only if the content is of none of these versions. RFC 9110, 13.1.2.";
    "if-range" IF_RANGE text "http2.headers.if_range" "The part only if nothing changed, else all. RFC 9110, 13.1.5.";
    "if-unmodified-since" IF_UNMODIFIED text "http2.headers.if_unmodified_since" "Only if it did not change since. RFC 9110, 13.1.4.";
    "last-modified" LAST_MODIFIED text "http2.headers.last_modified" "When the content changed last. RFC 9110, 8.8.2.";
    "link" LINK text "http2.headers.link" "What belongs to the content. RFC 8288, 3.";
    "location" LOCATION text "http2.headers.location" "Where to go on, or where the new thing is. RFC 9110, 10.2.2.";
    "max-forwards" MAX_FORWARDS uint "http2.headers.max_forwards" "Proxies that may still pass it on. RFC 9110, 7.6.2.";
    "proxy-authenticate" PROXY_AUTHENTICATE text "http2.headers.proxy_authenticate" "How the client may prove who it is to the proxy. RFC 9110, 11.7.1.";
    "proxy-authorization" PROXY_AUTHORIZATION text "http2.headers.proxy_authorization" "Proof for the proxy of who the client is. RFC 9110, 11.7.2.";
    "range" RANGE text "http2.headers.range" "Only this part. RFC 9110, 14.2.";
    "referer" REFERER text "http2.headers.referer" "Page that led here. RFC 9110, 10.1.3.";
    "refresh" REFRESH text "http2.headers.refresh" "When to load again, or what; of HTML, no standard of HTTP.";
    "retry-after" RETRY_AFTER text "http2.headers.retry_after" "When to try again. RFC 9110, 10.2.3.";
    "server" SERVER text "http2.headers.server" "Program that the server is. RFC 9110, 10.2.4.";
    "set-cookie" SET_COOKIE text "http2.headers.set_cookie" "Something for the client to remember and bring along. RFC 6265, 4.1.";
    "strict-transport-security" STRICT_TRANSPORT text "http2.headers.strict_transport_security" "How long to come here over TLS only. RFC 6797, 6.1.";
    "user-agent" USER_AGENT text "http2.headers.user_agent" "Program that the client is. RFC 9110, 10.1.5.";
    "vary" VARY text "http2.headers.vary" "Header fields that the answer depends on. RFC 9110, 12.5.5.";
    "via" VIA text "http2.headers.via" "Proxies that it went through. RFC 9110, 7.6.3.";
    "www-authenticate" WWW_AUTHENTICATE text "http2.headers.www_authenticate" "How the client may prove who it is. RFC 9110, 11.6.1.";
}

/// The field of header fields of this name.
pub(super) fn named(name: &[u8]) -> Option<&'static FieldDef> {
    NAMED.iter().find(|row| row.0.as_bytes() == name).map(|row| row.1)
}
