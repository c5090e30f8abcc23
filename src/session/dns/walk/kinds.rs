//! What the lines of a walk may be, and the words for that.

/// What the capture shows of how a question was answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sight {
    /// The server asked others.
    Asked,
    /// The server asks others elsewhere in the capture, but nobody for this: it had
    /// the answer.
    Memory,
    /// It asked nobody for this, and answered with an error or not at all.
    AskedNobody,
    /// The server is an authority for the name itself (AA).
    Authority,
    /// It offers no recursion (RA): it asks nobody.
    NoRecursion,
    /// Other packets say that it is a server of a zone that the name is in: inferred.
    ZoneServer,
    /// Whether the server asked others is not in the capture.
    ClientOnly,
    /// The server was asking for another question of the same already.
    Joined,
    /// Nobody asked on its behalf: who asks goes from server to server itself.
    Iterative,
    /// All on the link were asked, or one for a name of its own (LLMNR): who has the name answers
    /// for itself.
    Everybody,
}

impl Sight {
    /// The word for it.
    pub const fn name(self) -> &'static str {
        match self {
            Sight::Asked => "asked",
            Sight::Memory => "memory",
            Sight::AskedNobody => "asked_nobody",
            Sight::Authority => "authority",
            Sight::NoRecursion => "no_recursion",
            Sight::ZoneServer => "zone_server",
            Sight::ClientOnly => "client_only",
            Sight::Joined => "joined",
            Sight::Iterative => "iterative",
            Sight::Everybody => "everybody",
        }
    }
}

/// What a line is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part {
    /// What the client asks.
    Question,
    /// What was asked for its sake.
    Query,
    /// Above the queries for a name that the one before is an alias of.
    Alias,
    /// Above the queries for the address of a zone's server.
    Server,
}

impl Part {
    /// The word for it.
    pub const fn name(self) -> &'static str {
        match self {
            Part::Question => "question",
            Part::Query => "query",
            Part::Alias => "alias",
            Part::Server => "name_server",
        }
    }
}

/// Why a query was made: inferred.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purpose {
    /// To get the answer itself.
    Answer,
    /// To learn the root's servers (RFC 8109).
    Priming,
    /// To get on with a part of the name, or below `_` (QNAME minimisation, RFC 9156).
    Part,
    /// For the same name with another type than is wanted.
    OtherType,
    /// For keys or their digests (DNSSEC).
    Proof,
    /// For a server's address.
    Address,
    /// The whole question, to another resolver.
    PassedOn,
}

impl Purpose {
    /// The word for it.
    pub const fn name(self) -> &'static str {
        match self {
            Purpose::Answer => "answer",
            Purpose::Priming => "priming",
            Purpose::Part => "minimised",
            Purpose::OtherType => "other_type",
            Purpose::Proof => "dnssec",
            Purpose::Address => "address",
            Purpose::PassedOn => "passed_on",
        }
    }

    /// In a few words, where there is something to say.
    pub const fn words(self) -> &'static str {
        match self {
            Purpose::Answer | Purpose::Address => "",
            Purpose::Priming => "priming: who are the root servers",
            Purpose::Part => "minimised",
            Purpose::OtherType => "another type first",
            Purpose::Proof => "for the DNSSEC proof",
            Purpose::PassedOn => "passed on",
        }
    }
}

/// What an answer is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Told {
    /// Records of the type asked for.
    Answer,
    /// Another name to ask for.
    Alias,
    /// Other servers to ask.
    Referral,
    /// The name does not exist.
    NoName,
    /// The name has nothing of the type.
    NoData,
    /// It did not fit.
    Truncated,
    /// Another code than success.
    Error,
    /// An ICMP error came in its place.
    Refused,
    /// There is none.
    Unanswered,
    /// There is none before the capture ends.
    Waiting,
    /// It is not in the capture, or cannot be read.
    Unread,
}

impl Told {
    /// The word for it.
    pub const fn name(self) -> &'static str {
        match self {
            Told::Answer => "answer",
            Told::Alias => "alias",
            Told::Referral => "referral",
            Told::NoName => "no_such_name",
            Told::NoData => "no_data",
            Told::Truncated => "truncated",
            Told::Error => "error",
            Told::Refused => "refused",
            Told::Unanswered => "unanswered",
            Told::Waiting => "waiting",
            Told::Unread => "unread",
        }
    }
}
