//! Points of time as they are written.

use jiff::{Timestamp, civil::DateTime, fmt::strtime, tz::TimeZone};

/// Date and time, in UTC unless it says otherwise: `2026-01-31 12:00:00`, or in the
/// form that tables have, `Jan 31, 2026 12:00:00.5 UTC`.
pub(super) fn instant(text: &str) -> Option<i64> {
    let time = text.parse::<Timestamp>().ok().or_else(|| {
        let local = text.trim().trim_end_matches(" UTC").trim_end();
        let short = || strtime::parse("%Y-%m-%d %H:%M", local).ok()?.to_datetime().ok();
        let long = || strtime::parse("%b %d, %Y %H:%M:%S%.f", local).ok()?.to_datetime().ok();
        let time = local.parse::<DateTime>().ok().or_else(short).or_else(long)?;
        time.to_zoned(TimeZone::UTC).ok().map(|zoned| zoned.timestamp())
    })?;
    i64::try_from(time.as_nanosecond()).ok()
}
