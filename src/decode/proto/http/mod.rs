//! HTTP/1 (RFC 9110, RFC 9112): heads, header fields, bodies as far as the
//! segment holds them.

mod head;

use super::http2::Http2;
use crate::base::Escaped;
use crate::decode::{
    Binding, Bytes, Claim, Dissector, FieldDef, Layer, Outcome, Packet, Ports, Problem, Protocol, Sink, Stop,
    Value,
};
use head::{Body, Kind, Message};
use std::fmt::Write as _;

static REQUEST: FieldDef = FieldDef::flag("http.request", "Request", 8, 0)
    .values(&[(0, "False"), (1, "True")])
    .about("The message asks for something. RFC 9110, 3.4.");
static RESPONSE: FieldDef = FieldDef::flag("http.response", "Response", 8, 0)
    .values(&[(0, "False"), (1, "True")])
    .about("The message answers a request. RFC 9110, 3.4.");
static START_LINE: FieldDef = FieldDef::text("wirepeel.http.start_line", "Start line")
    .about("First line: what is asked for, or how the request fared. RFC 9112, 2.1.");
static METHOD: FieldDef = FieldDef::text("http.request.method", "Request Method")
    .about("What the client wants done: GET fetches, POST hands over. RFC 9110, 9.");
static URI: FieldDef = FieldDef::text("http.request.uri", "Request URI")
    .about("What the client wants it done with. RFC 9112, 3.2.");
static REQUEST_VERSION: FieldDef = FieldDef::text("http.request.version", "Request Version")
    .about("Version of HTTP that the client speaks. RFC 9112, 2.3.");
static FULL_URI: FieldDef = FieldDef::text("http.request.full_uri", "Full request URI")
    .about("The whole address, put together from the Host field and the request line. RFC 9110, 7.1.");
static RESPONSE_VERSION: FieldDef = FieldDef::text("http.response.version", "Response Version")
    .about("Version of HTTP that the server speaks. RFC 9112, 2.3.");
static CODE: FieldDef = FieldDef::uint("http.response.code", "Status Code", 16).about(
    "How the request fared: 2xx well, 3xx elsewhere, 4xx the client's fault, 5xx the server's. RFC 9110, 15.",
);
static PHRASE: FieldDef = FieldDef::text("http.response.phrase", "Response Phrase")
    .about("The status code in words for people; programs ignore it. RFC 9112, 4.");
static REQUEST_LINE: FieldDef = FieldDef::text("http.request.line", "Request line")
    .about("One header field of the request: name, colon, value. RFC 9110, 5.");
static RESPONSE_LINE: FieldDef = FieldDef::text("http.response.line", "Response line")
    .about("One header field of the response: name, colon, value. RFC 9110, 5.");
static UNKNOWN_HEADER: FieldDef = FieldDef::text("http.unknown_header", "Unknown header")
    .about("A header field without a field of its own here. RFC 9110, 5.1.");
static CONTENT_LENGTH_HEADER: FieldDef = FieldDef::text("http.content_length_header", "Content-Length")
    .about("How many bytes of body follow, as text. RFC 9110, 8.6.");
static CONTENT_LENGTH: FieldDef = FieldDef::uint("http.content_length", "Content length", 64)
    .about("How many bytes of body follow the head. RFC 9110, 8.6.");
static FILE_DATA: FieldDef = FieldDef::bytes("http.file_data", "File Data")
    .about("The body, as far as this segment holds it. RFC 9112, 6.");
static CHUNK: FieldDef = FieldDef::group("wirepeel.http.chunk", "Data chunk")
    .about("A piece of the body with its length before it. RFC 9112, 7.1.");
static CHUNK_SIZE: FieldDef = FieldDef::uint("http.chunk_size", "Chunk size", 64)
    .about("Bytes of the chunk, written in hexadecimal; 0 ends the body. RFC 9112, 7.1.");
static CHUNK_DATA: FieldDef =
    FieldDef::bytes("http.chunk_data", "Chunk data").about("The chunk's bytes. RFC 9112, 7.1.");
static CHUNK_BOUNDARY: FieldDef = FieldDef::bytes("http.chunk_boundary", "Chunk boundary")
    .about("The line end behind a chunk's bytes. RFC 9112, 7.1.");
static TRAILER: FieldDef = FieldDef::text("http.chunked_trailer_part", "trailer-part")
    .about("Header fields that the sender knew only at the end, and the empty line. RFC 9112, 7.1.2.");
static CONTINUES: FieldDef = FieldDef::text("wirepeel.http.partial_line", "Line cut short")
    .about("The start of a line whose end is in another segment. RFC 9112, 2.1.");

/// A header field with a definition of its own.
macro_rules! headers {
    ($($id:ident $line:literal $name:literal $label:literal $about:literal;)*) => {
        $(static $id: FieldDef = FieldDef::text($name, $label).about($about);)*
        static HEADERS: &[(&str, &FieldDef)] = &[$(($line, &$id),)*];
        const HEADER_FIELDS: &[&FieldDef] = &[$(&$id,)*];
    };
}

headers! {
    HOST "host" "http.host" "Host" "Name of the site, since one address may serve many. RFC 9110, 7.2.";
    USER_AGENT "user-agent" "http.user_agent" "User-Agent" "Program that the client is. RFC 9110, 10.1.5.";
    SERVER "server" "http.server" "Server" "Program that the server is. RFC 9110, 10.2.4.";
    CONTENT_TYPE "content-type" "http.content_type" "Content-Type" "What kind of data the body is. RFC 9110, 8.3.";
    CONTENT_ENCODING "content-encoding" "http.content_encoding" "Content-Encoding" "How the body is compressed. RFC 9110, 8.4.";
    TRANSFER_ENCODING "transfer-encoding" "http.transfer_encoding" "Transfer-Encoding" "How the body is framed: chunked when its length is not known beforehand. RFC 9112, 6.1.";
    CONNECTION "connection" "http.connection" "Connection" "Whether the connection stays open, and what concerns this hop alone. RFC 9110, 7.6.1.";
    UPGRADE "upgrade" "http.upgrade" "Upgrade" "Protocol that the connection should change to. RFC 9110, 7.8.";
    ACCEPT "accept" "http.accept" "Accept" "Kinds of data that the client can take. RFC 9110, 12.5.1.";
    ACCEPT_ENCODING "accept-encoding" "http.accept_encoding" "Accept Encoding" "Compressions that the client can undo. RFC 9110, 12.5.3.";
    ACCEPT_LANGUAGE "accept-language" "http.accept_language" "Accept-Language" "Languages that the person at the client reads. RFC 9110, 12.5.4.";
    REFERER "referer" "http.referer" "Referer" "Page that led here. RFC 9110, 10.1.3.";
    COOKIE "cookie" "http.cookie" "Cookie" "What the server gave the client to remember, brought back. RFC 6265, 4.2.";
    SET_COOKIE "set-cookie" "http.set_cookie" "Set-Cookie" "Something for the client to remember and bring along. RFC 6265, 4.1.";
    LOCATION "location" "http.location" "Location" "Where to go on, or where the new thing is. RFC 9110, 10.2.2.";
    DATE "date" "http.date" "Date" "When the message was made. RFC 9110, 6.6.1.";
    LAST_MODIFIED "last-modified" "http.last_modified" "Last-Modified" "When the content changed last. RFC 9110, 8.8.2.";
    CACHE_CONTROL "cache-control" "http.cache_control" "Cache-Control" "Whether and how long caches may keep the content. RFC 9111, 5.2.";
    AUTHORIZATION "authorization" "http.authorization" "Authorization" "Proof of who the client is. RFC 9110, 11.6.2.";
    WWW_AUTHENTICATE "www-authenticate" "http.www_authenticate" "WWW-Authenticate" "How the client may prove who it is. RFC 9110, 11.6.1.";
    PROXY_AUTHENTICATE "proxy-authenticate" "http.proxy_authenticate" "Proxy-Authenticate" "How the client may prove who it is to the proxy. RFC 9110, 11.7.1.";
    PROXY_AUTHORIZATION "proxy-authorization" "http.proxy_authorization" "Proxy-Authorization" "Proof for the proxy of who the client is. RFC 9110, 11.7.2.";
    X_FORWARDED_FOR "x-forwarded-for" "http.x_forwarded_for" "X-Forwarded-For" "Client that the proxy acts for; no standard (RFC 7239 has one).";
    WS_KEY "sec-websocket-key" "http.sec_websocket_key" "Sec-WebSocket-Key" "Random number that the server must answer for. RFC 6455, 11.3.1.";
    WS_ACCEPT "sec-websocket-accept" "http.sec_websocket_accept" "Sec-WebSocket-Accept" "Proof that the server speaks WebSocket. RFC 6455, 11.3.3.";
    WS_PROTOCOL "sec-websocket-protocol" "http.sec_websocket_protocol" "Sec-WebSocket-Protocol" "Protocol inside the WebSocket. RFC 6455, 11.3.4.";
    WS_VERSION "sec-websocket-version" "http.sec_websocket_version" "Sec-WebSocket-Version" "Version of WebSocket. RFC 6455, 11.3.5.";
    WS_EXTENSIONS "sec-websocket-extensions" "http.sec_websocket_extensions" "Sec-WebSocket-Extensions" "Extensions of WebSocket. RFC 6455, 11.3.2.";
    HTTP2_SETTINGS "http2-settings" "http.http2_settings" "HTTP2-Settings" "Settings for a change to HTTP/2. RFC 7540, 3.2.1.";
}

const OWN_FIELDS: [&FieldDef; 21] = [
    &REQUEST,
    &RESPONSE,
    &START_LINE,
    &METHOD,
    &URI,
    &REQUEST_VERSION,
    &FULL_URI,
    &RESPONSE_VERSION,
    &CODE,
    &PHRASE,
    &REQUEST_LINE,
    &RESPONSE_LINE,
    &UNKNOWN_HEADER,
    &CONTENT_LENGTH_HEADER,
    &CONTENT_LENGTH,
    &FILE_DATA,
    &CHUNK,
    &CHUNK_SIZE,
    &CHUNK_DATA,
    &CHUNK_BOUNDARY,
    &TRAILER,
];
pub(super) const FIELDS: &[&FieldDef] = &super::concat::<{ OWN_FIELDS.len() + HEADER_FIELDS.len() + 1 }>(&[
    &OWN_FIELDS,
    HEADER_FIELDS,
    &[&CONTINUES],
]);

/// Messages of one segment that Info names; the tree has more.
const INFO_MESSAGES: usize = 8;
/// Messages of one segment that are taken apart.
const MAX_MESSAGES: usize = 256;

/// Dissector of HTTP/1 messages.
pub struct Http;

impl Dissector for Http {
    const PROTOCOL: &'static Protocol = &Protocol {
        name: "http",
        label: "HTTP",
        title: "Hypertext Transfer Protocol",
        layer: Layer::Application,
        spec: "RFC 9112",
        about: "Asks a web server for something by name, and brings its answer; heads are plain text.",
        fields: FIELDS,
        trailer: None,
        stack: None,
    };
    const BINDINGS: &'static [Binding] = &[
        Binding::Tcp(80),
        Binding::Tcp(631),
        Binding::Tcp(1900),
        Binding::Tcp(2710),
        Binding::Tcp(2869),
        Binding::Tcp(3128),
        Binding::Tcp(3132),
        Binding::Tcp(3689),
        Binding::Tcp(5985),
        Binding::Tcp(8080),
        Binding::Tcp(8088),
        Binding::Tcp(11371),
        Binding::Signature(Ports::Tcp, head::is_message),
    ];

    fn dissect<S: Sink>(packet: &mut Packet<'_, S>) -> Outcome {
        dissect(packet)
    }
}

/// Takes the messages of one segment or datagram apart.
pub(super) fn dissect<S: Sink>(packet: &mut Packet<'_, S>) -> Outcome {
    let bytes = packet.bytes();
    // A segment in the middle of a body is plain data.
    if head::begins(bytes).is_none() {
        return Err(Stop::Declined);
    }
    packet.info(|text| {
        let mut at = 0;
        for number in 0..INFO_MESSAGES {
            let Some(message) = head::message(bytes, at) else { break };
            text.push_str(if number > 0 { ", " } else { "" });
            let line = bytes.get(message.start..message.line_end).unwrap_or_default();
            let _ = write!(text, "{}", Escaped(line));
            if let Some(kind) = header(bytes, &message, b"content-type") {
                let kind = kind.split(|byte| *byte == b';').next().unwrap_or_default();
                let _ = write!(text, "  ({})", Escaped(kind));
            }
            at = message.end;
        }
    });
    let (mut at, mut changed) = (0, false);
    for _ in 0..MAX_MESSAGES {
        let Some(message) = head::message(bytes, at) else { break };
        tell(packet, bytes, &message)?;
        at = message.end;
        changed = is_change_to_http2(bytes, &message);
    }
    if at < bytes.len() {
        let claim = if changed { Claim::Protocol(Http2::PROTOCOL) } else { Claim::Data };
        packet.next(claim, at, packet.claimed() - at);
    }
    Ok(())
}

/// Whether the server says that it goes on in HTTP/2 (RFC 7540, 3.2).
fn is_change_to_http2(bytes: &[u8], message: &Message) -> bool {
    let status = bytes.get(message.start + 9..message.start + 12);
    message.kind == Kind::Response
        && status == Some(b"101")
        && header(bytes, message, b"upgrade").is_some_and(|protocol| protocol.eq_ignore_ascii_case(b"h2c"))
}

/// The value of a message's first header field of a name.
fn header<'a>(bytes: &'a [u8], message: &Message, wanted: &[u8]) -> Option<&'a [u8]> {
    let (_, mut at) = head::line(bytes, message.start)?;
    let end = message.head_end.unwrap_or(bytes.len());
    while at < end {
        let (text, after) = head::line(bytes, at)?;
        if let Some((name, value)) = bytes.get(at..text).and_then(head::name_and_value)
            && name.eq_ignore_ascii_case(wanted)
        {
            return Some(value);
        }
        at = after;
    }
    None
}

fn tell<S: Sink>(packet: &mut Packet<'_, S>, bytes: &[u8], message: &Message) -> Outcome {
    let Message { kind, start, line_end, head_end, .. } = *message;
    if S::DETAIL {
        start_line(packet, bytes, message);
    }
    if let Some(end) = head_end {
        let head = bytes.get(start..end).unwrap_or_default();
        if let Some(error) = mistake(kind, head) {
            packet.problem(Problem::Malformed, start, head.len(), |text| {
                let _ = write!(text, "HTTP head: {error}");
            });
        }
    }
    if S::DETAIL {
        let line_def = if kind == Kind::Request { &REQUEST_LINE } else { &RESPONSE_LINE };
        let mut at = head::line(bytes, start).map_or(bytes.len(), |(_, after)| after);
        while at < head_end.unwrap_or(bytes.len()) {
            let Some((text, after)) = head::line(bytes, at) else {
                packet.slice(&CONTINUES, at, bytes.len() - at);
                break;
            };
            if text > at {
                header_line(packet, bytes, line_def, [at, text, after]);
            }
            at = after;
        }
        if head_end.is_some() {
            let flag = if kind == Kind::Request { &REQUEST } else { &RESPONSE };
            packet.generated(flag, Value::Uint(1));
        }
        if let (Kind::Request, Some(host)) = (kind, header(bytes, message, b"host")) {
            full_uri(packet, bytes.get(start..line_end).unwrap_or_default(), host);
        }
    }
    match (head_end, message.body) {
        (None, _) if packet.is_cut() => {
            packet.skip(packet.rest().len(), "head")?;
            Err(packet.short(packet.claimed() - bytes.len(), "head"))
        }
        (Some(end), Body::Chunked) => {
            if S::DETAIL {
                head::chunks(bytes, end, |piece| chunk(packet, bytes.len(), &piece));
            }
            Ok(())
        }
        (Some(end), _) if message.end > end => {
            packet.slice(&FILE_DATA, end, message.end - end);
            if let Body::Length(length) = message.body {
                let here = message.end - end;
                packet.label(|text| {
                    let _ = write!(text, "{here}", here = Bytes(here));
                    if (here as u64) < length {
                        let _ = write!(text, " of {length}; the rest is in other segments");
                    }
                });
            }
            Ok(())
        }
        _ => Ok(()),
    }
}

/// What is wrong with a complete head.
fn mistake(kind: Kind, head: &[u8]) -> Option<httparse::Error> {
    // Folded lines are deprecated, but no mistake (RFC 9112, 5.2).
    let folded = |at: usize| matches!(head.get(at + 1), Some(b' ' | b'\t'));
    if memchr::memchr_iter(b'\n', head).any(folded) {
        return None;
    }
    let mut headers = [httparse::EMPTY_HEADER; 128];
    let mut config = httparse::ParserConfig::default();
    config
        .allow_multiple_spaces_in_request_line_delimiters(true)
        .allow_multiple_spaces_in_response_status_delimiters(true)
        .allow_spaces_after_header_name_in_responses(true);
    let parsed = match kind {
        Kind::Request => config.parse_request(&mut httparse::Request::new(&mut headers), head),
        Kind::Response => config.parse_response(&mut httparse::Response::new(&mut headers), head),
    };
    // Many header fields, or an old version, are no mistake.
    parsed.err().filter(|error| !matches!(error, httparse::Error::TooManyHeaders | httparse::Error::Version))
}

fn start_line<S: Sink>(packet: &mut Packet<'_, S>, bytes: &[u8], message: &Message) {
    let Message { kind, start, line_end, head_end, .. } = *message;
    let whole = head::line(bytes, start).map_or(bytes.len(), |(_, after)| after);
    let line = bytes.get(start..line_end).unwrap_or_default();
    packet.field(&START_LINE, start, whole - start, Value::Bytes(line));
    if head_end.is_none() && !packet.is_cut() {
        let datagram = packet.carrier() == Some(Ports::Udp);
        packet.label(|text| {
            let why = if datagram { "the head has no end" } else { "head continues in the next segment" };
            let _ = write!(text, "{} ({why})", Escaped(line));
        });
    }
    packet.open();
    let space = |from: usize| line.get(from..)?.iter().position(|byte| *byte == b' ').map(|at| from + at);
    let last = line.iter().rposition(|byte| *byte == b' ');
    let first = space(0).unwrap_or(line.len());
    match kind {
        Kind::Request => {
            packet.slice(&METHOD, start, first);
            // A line cut short may end within the version.
            let ended = whole > start + line.len();
            let is_version = |end: &[u8]| {
                end.starts_with(b"HTTP/") || (!ended && !end.is_empty() && b"HTTP/".starts_with(end))
            };
            let versioned = last.filter(|at| *at > first && line.get(at + 1..).is_some_and(is_version));
            let uri_end = versioned.unwrap_or(line.len());
            if uri_end > first {
                packet.slice(&URI, start + first + 1, uri_end - first - 1);
            }
            if let Some(at) = versioned {
                packet.slice(&REQUEST_VERSION, start + at + 1, line.len() - at - 1);
            }
        }
        Kind::Response => {
            packet.slice(&RESPONSE_VERSION, start, first);
            let code = line.get(first + 1..).unwrap_or_default();
            let digits = code.iter().take_while(|byte| byte.is_ascii_digit()).count().min(5);
            let number = code.iter().take(digits).fold(0, |sum, byte| sum * 10 + u64::from(byte - b'0'));
            if digits > 0 {
                packet.field(&CODE, start + first + 1, digits, Value::Uint(number));
            }
            let phrase = first + 1 + digits + 1;
            if phrase < line.len() {
                packet.slice(&PHRASE, start + phrase, line.len() - phrase);
            }
        }
    }
    packet.end_group();
}

/// A header field: the whole line, and its value under the name it has here.
fn header_line<S: Sink>(
    packet: &mut Packet<'_, S>,
    bytes: &[u8],
    def: &'static FieldDef,
    [at, text, after]: [usize; 3],
) {
    let line = bytes.get(at..text).unwrap_or_default();
    packet.field(def, at, after - at, Value::Bytes(line));
    let Some(colon) = memchr::memchr(b':', line) else { return };
    let name = line.get(..colon).unwrap_or_default();
    let value = line.get(colon + 1..).unwrap_or_default();
    let from = at + colon + 1 + (value.len() - value.trim_ascii_start().len());
    let value = value.trim_ascii();
    packet.open();
    if name.eq_ignore_ascii_case(b"content-length") {
        packet.slice(&CONTENT_LENGTH_HEADER, from, value.len());
        if let Some(length) = std::str::from_utf8(value).ok().and_then(|digits| digits.parse().ok()) {
            packet.field(&CONTENT_LENGTH, from, value.len(), Value::Uint(length));
        }
    } else {
        let known = HEADERS.iter().find(|row| name.eq_ignore_ascii_case(row.0.as_bytes()));
        match known {
            Some((_, def)) => packet.slice(def, from, value.len()),
            None => packet.field(&UNKNOWN_HEADER, at, after - at, Value::Bytes(line)),
        }
    }
    packet.end_group();
}

fn full_uri<S: Sink>(packet: &mut Packet<'_, S>, line: &[u8], host: &[u8]) {
    let mut words = line.split(|byte| *byte == b' ');
    let (Some(method), Some(uri)) = (words.next(), words.next()) else { return };
    if method == b"CONNECT" {
        return;
    }
    let mut full = Vec::with_capacity(host.len() + uri.len() + 8);
    if !uri.starts_with(b"http://") && !uri.starts_with(b"https://") {
        full.extend_from_slice(b"http://");
        full.extend_from_slice(host);
    }
    full.extend_from_slice(uri);
    packet.generated(&FULL_URI, Value::Bytes(&full));
}

fn chunk<S: Sink>(packet: &mut Packet<'_, S>, held: usize, chunk: &head::Chunk) {
    let head::Chunk { at, size, data, data_end, end } = *chunk;
    packet.group(&CHUNK, at, end - at);
    packet.label(|text| {
        let _ = match (size, data_end - data) {
            (0, _) => write!(text, "end of the chunks"),
            (_, here) if (here as u64) < size && data_end == held => {
                write!(text, "{here} of {size}; the rest is in other segments", size = Bytes(size as usize))
            }
            _ => write!(text, "{size}", size = Bytes(size as usize)),
        };
    });
    packet.field(&CHUNK_SIZE, at, data - at, Value::Uint(size));
    match size {
        0 => packet.slice(&TRAILER, data, end - data),
        _ => {
            packet.slice(&CHUNK_DATA, data, data_end - data);
            if end > data_end {
                packet.slice(&CHUNK_BOUNDARY, data_end, end - data_end);
            }
        }
    }
    packet.end_group();
}
