//! What FAPI 1.0, Part 1, 6.2.1 wants of every answer of a protected API: a date, and an id by which both sides find the
//! exchange again.

use axum::response::Response;
use http::header::DATE;
use http::{HeaderMap, HeaderName, HeaderValue};

use crate::fault::Fault;
use crate::random;
use crate::workspace::Workspace;

const INTERACTION_ID: HeaderName = HeaderName::from_static("x-fapi-interaction-id");

/// Adds both to an answer; `now` is in seconds since 1970.
pub(crate) fn stamp(asked: &HeaderMap, response: &mut Response, now: u64, workspace: &Workspace) {
    if let Ok(date) = HeaderValue::try_from(http_date(now)) {
        response.headers_mut().insert(DATE, date);
    }
    let given = asked.get(&INTERACTION_ID).filter(|_| !workspace.faults.has(Fault::InteractionIdReplaced));
    let id = given.cloned().or_else(|| HeaderValue::try_from(random::hexadecimal()).ok());
    if let Some(id) = id {
        response.headers_mut().insert(INTERACTION_ID, id);
    }
}

/// A moment as HTTP writes it: `Sun, 06 Nov 1994 08:49:37 GMT` (RFC 9110, 5.6.7).
fn http_date(now: u64) -> String {
    const DAYS: [&str; 7] = ["Thu", "Fri", "Sat", "Sun", "Mon", "Tue", "Wed"];
    const MONTHS: [&str; 12] =
        ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
    let days = now / 86_400;
    let (hour, minute, second) = (now / 3_600 % 24, now / 60 % 60, now % 60);
    // Years that begin in March, so that a leap day is the last one.
    let from_year_zero = days + 719_468;
    let (era, of_era) = (from_year_zero / 146_097, from_year_zero % 146_097);
    let year_of_era = (of_era - of_era / 1_460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month = (5 * of_year + 2) / 153;
    let day = of_year - (153 * month + 2) / 5 + 1;
    let year = era * 400 + year_of_era + u64::from(month >= 10);
    let weekday = DAYS[(days % 7) as usize];
    let month = MONTHS[((month + 2) % 12) as usize];
    format!("{weekday}, {day:02} {month} {year} {hour:02}:{minute:02}:{second:02} GMT")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_are_those_of_http() {
        for (now, text) in [
            (0, "Thu, 01 Jan 1970 00:00:00 GMT"),
            (784_111_777, "Sun, 06 Nov 1994 08:49:37 GMT"),
            (1_709_164_800, "Thu, 29 Feb 2024 00:00:00 GMT"),
            (1_767_225_600, "Thu, 01 Jan 2026 00:00:00 GMT"),
            (1_798_761_599, "Thu, 31 Dec 2026 23:59:59 GMT"),
        ] {
            assert_eq!(http_date(now), text);
        }
    }
}
