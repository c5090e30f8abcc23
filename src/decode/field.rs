//! What a protocol is made of: its description, its fields, their values.

/// Layer of the TCP/IP model that a protocol belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Layer {
    /// The capture's own record of a frame; no layer of a network.
    Frame,
    /// Link layer (OSI 1 and 2).
    Link,
    /// Internet layer (OSI 3).
    Internet,
    /// Transport layer (OSI 4).
    Transport,
    /// Application layer (OSI 5 to 7).
    Application,
}

impl Layer {
    /// The word for it in the TCP/IP model.
    pub const fn name(self) -> &'static str {
        match self {
            Layer::Frame => "frame",
            Layer::Link => "link",
            Layer::Internet => "internet",
            Layer::Transport => "transport",
            Layer::Application => "application",
        }
    }

    /// The number of the layer in the OSI model; `-` for the frame.
    pub const fn osi(self) -> &'static str {
        match self {
            Layer::Frame => "-",
            Layer::Link => "2",
            Layer::Internet => "3",
            Layer::Transport => "4",
            Layer::Application => "7",
        }
    }
}

/// What is known of a protocol before any packet is seen.
#[derive(Debug)]
pub struct Protocol {
    /// Wireshark's filter name, such as `udp`.
    pub name: &'static str,
    /// Short name for columns and boxes, such as `UDP`.
    pub label: &'static str,
    /// Name in full, such as `User Datagram Protocol`.
    pub title: &'static str,
    /// Where it belongs.
    pub layer: Layer,
    /// What specifies it, such as `RFC 768`.
    pub spec: &'static str,
    /// What it is, in one plain sentence.
    pub about: &'static str,
    /// Every field that its dissector can emit, `also` fields included.
    pub fields: &'static [&'static FieldDef],
    /// How bytes behind its payload are called, if it can have such.
    pub trailer: Option<Trailer>,
    /// Its part of `frame.protocols` where that is more than the name.
    pub stack: Option<&'static str>,
}

impl Protocol {
    /// Whether `name` is its name, or that of the protocol that it is a form of.
    pub fn goes_by(&self, name: &str) -> bool {
        let listed = self.stack.and_then(|stack| stack.split(':').next());
        self.name == name || listed == Some(name)
    }

    /// Its fields' names, each once: several forms of a field share one.
    pub fn field_names(&self) -> impl Iterator<Item = &'static str> {
        let first = |at: usize, name| self.fields.iter().take(at).all(|field| field.name != name);
        self.fields
            .iter()
            .enumerate()
            .map(|(at, field)| (at, field.name))
            .filter_map(move |(at, name)| first(at, name).then_some(name))
    }
}

/// The fields for bytes that no inner layer claims.
#[derive(Clone, Copy, Debug)]
pub struct Trailer {
    /// All of them zero: filling up to a least length.
    pub padding: &'static FieldDef,
    /// Anything else.
    pub trailer: &'static FieldDef,
}

/// Where bytes lie: in the frame (source 0) or in bytes made from it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub struct Span {
    /// 0 is the frame; others were reassembled, decompressed or decrypted.
    pub source: u8,
    /// First byte.
    pub start: u32,
    /// Number of bytes; 0 for what has none of its own.
    pub len: u32,
}

impl Span {
    /// One past the last byte.
    pub const fn end(self) -> u32 {
        self.start.saturating_add(self.len)
    }

    /// Whether the byte at `at` of the same source lies within.
    pub const fn contains(self, at: u32) -> bool {
        at >= self.start && at < self.end()
    }
}

/// The type of a field's value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A heading: no value.
    Group,
    /// Unsigned integer of so many bits, counted before the mask.
    Uint(u8),
    /// Signed integer of so many bits.
    Int(u8),
    /// A flag; the bits of the word that it is masked from.
    Bool(u8),
    /// A number with a fraction.
    Float,
    /// IPv4 address.
    Ipv4,
    /// IPv6 address.
    Ipv6,
    /// Hardware address of six bytes.
    Mac,
    /// Bytes without further meaning.
    Bytes,
    /// Text: raw bytes, meant as UTF-8 or ASCII.
    Text,
    /// Point in time: nanoseconds since 1970, UTC, as `Value::Int`.
    Time,
    /// Length of time: nanoseconds, as `Value::Int`.
    Duration,
}

/// How an integer is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Base {
    /// Decimal.
    Dec,
    /// Hexadecimal, as wide as the field.
    Hex,
}

/// A field of a protocol.
#[derive(Debug)]
pub struct FieldDef {
    /// Wireshark's name wherever Wireshark has the field.
    pub name: &'static str,
    /// The label in the tree.
    pub label: &'static str,
    /// Type of the value.
    pub kind: Kind,
    /// How integers are written.
    pub base: Base,
    /// Bits of the word that the field takes; 0 for all.
    pub mask: u64,
    /// What one of the wire's number stands for: 4 where it counts 32-bit
    /// words and the value is told in bytes.
    pub unit: u8,
    /// Names of values, sorted by value.
    pub values: &'static [(u64, &'static str)],
    /// Combined names: `ip.src` is also `ip.addr`.
    pub also: &'static [&'static FieldDef],
    /// What the field is for: one plain sentence with its source.
    pub about: &'static str,
    /// Packets that come later may still change it.
    pub looks_ahead: bool,
}

impl FieldDef {
    const fn new(name: &'static str, label: &'static str, kind: Kind) -> Self {
        FieldDef {
            name,
            label,
            kind,
            base: Base::Dec,
            mask: 0,
            unit: 1,
            values: &[],
            also: &[],
            about: "",
            looks_ahead: false,
        }
    }

    /// A heading for other fields.
    pub const fn group(name: &'static str, label: &'static str) -> Self {
        Self::new(name, label, Kind::Group)
    }

    /// An unsigned integer of `bits` bits, written in decimal.
    pub const fn uint(name: &'static str, label: &'static str, bits: u8) -> Self {
        Self::new(name, label, Kind::Uint(bits))
    }

    /// A signed integer of `bits` bits.
    pub const fn int(name: &'static str, label: &'static str, bits: u8) -> Self {
        Self::new(name, label, Kind::Int(bits))
    }

    /// A flag: the bit `mask` of a word of `bits` bits.
    pub const fn flag(name: &'static str, label: &'static str, bits: u8, mask: u64) -> Self {
        Self::new(name, label, Kind::Bool(bits)).mask(mask)
    }

    /// A number with a fraction.
    pub const fn float(name: &'static str, label: &'static str) -> Self {
        Self::new(name, label, Kind::Float)
    }

    /// An IPv4 address.
    pub const fn ipv4(name: &'static str, label: &'static str) -> Self {
        Self::new(name, label, Kind::Ipv4)
    }

    /// An IPv6 address.
    pub const fn ipv6(name: &'static str, label: &'static str) -> Self {
        Self::new(name, label, Kind::Ipv6)
    }

    /// A hardware address.
    pub const fn mac(name: &'static str, label: &'static str) -> Self {
        Self::new(name, label, Kind::Mac)
    }

    /// Plain bytes.
    pub const fn bytes(name: &'static str, label: &'static str) -> Self {
        Self::new(name, label, Kind::Bytes)
    }

    /// Text.
    pub const fn text(name: &'static str, label: &'static str) -> Self {
        Self::new(name, label, Kind::Text)
    }

    /// A point in time.
    pub const fn time(name: &'static str, label: &'static str) -> Self {
        Self::new(name, label, Kind::Time)
    }

    /// A length of time.
    pub const fn duration(name: &'static str, label: &'static str) -> Self {
        Self::new(name, label, Kind::Duration)
    }

    /// Written in hexadecimal.
    pub const fn hex(mut self) -> Self {
        self.base = Base::Hex;
        self
    }

    /// Only these bits of the word.
    pub const fn mask(mut self, mask: u64) -> Self {
        self.mask = mask;
        self
    }

    /// The wire counts in units of so many; the value is told in ones.
    pub const fn unit(mut self, unit: u8) -> Self {
        self.unit = unit;
        self
    }

    /// Names of values, sorted by value.
    pub const fn values(mut self, values: &'static [(u64, &'static str)]) -> Self {
        self.values = values;
        self
    }

    /// Combined names that this field also goes by.
    pub const fn also(mut self, also: &'static [&'static FieldDef]) -> Self {
        self.also = also;
        self
    }

    /// What the field is for.
    pub const fn about(mut self, about: &'static str) -> Self {
        self.about = about;
        self
    }

    /// Packets that come later may still change it.
    pub const fn looks_ahead(mut self) -> Self {
        self.looks_ahead = true;
        self
    }

    /// The field's bits of `word`, moved to the right end, times its unit.
    pub const fn extract(&self, word: u64) -> u64 {
        let bits = if self.mask == 0 { word } else { (word & self.mask) >> self.mask.trailing_zeros() };
        bits.wrapping_mul(self.unit as u64)
    }

    /// Bits of the word that the field is taken from; `None` for other kinds.
    pub const fn bits(&self) -> Option<u8> {
        match self.kind {
            Kind::Uint(bits) | Kind::Int(bits) | Kind::Bool(bits) => Some(bits),
            _ => None,
        }
    }
}

/// A value on its way to a sink: no text, nothing owned.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Value<'a> {
    /// None, for headings.
    None,
    /// Unsigned integers and flags, masked and shifted.
    Uint(u64),
    /// Signed integers, times and lengths of time.
    Int(i64),
    /// Numbers with a fraction.
    Float(f64),
    /// Addresses, bytes and text, as their kind says.
    Bytes(&'a [u8]),
}

/// Defines fields, and `FIELDS`, the list of them all.
macro_rules! fields {
    ($($id:ident = $def:expr;)*) => {
        $(pub(super) static $id: $crate::decode::FieldDef = $def;)*
        /// Every field of this module.
        pub(super) const FIELDS: &[&$crate::decode::FieldDef] = &[$(&$id),*];
    };
}
pub(super) use fields;
