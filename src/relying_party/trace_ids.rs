use http::HeaderMap;
use http::header::{HeaderName, HeaderValue};
use std::fmt::Write as _;

const TRACEPARENT: HeaderName = HeaderName::from_static("traceparent");
const CORRELATION_ID: HeaderName = HeaderName::from_static("x-correlation-id");

/// By what a run's exchanges are found again in the server's own logs.
///
/// All exchanges of one flow share a W3C trace id; each has its own parent id and `x-correlation-id`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TraceIds {
    run: u64,
}

impl TraceIds {
    /// Ids of one run, which is named by a random number.
    pub fn new(run: u64) -> Self {
        // An all-zero trace id is invalid (W3C Trace Context, 3.2.2.3).
        TraceIds { run: run.max(1) }
    }

    /// `x-correlation-id` of an exchange: run, flow and step.
    pub fn correlation_id(&self, flow: u64, step: u32) -> String {
        format!("{:016x}-{flow}-{step}", self.run)
    }

    /// `x-fapi-interaction-id` of a flow's consent: run and flow in the form of a UUID (FAPI, RFC 4122).
    pub fn interaction_id(&self, flow: u64) -> String {
        let (run, low) = (self.run, flow & 0xffff_ffff_ffff);
        format!(
            "{:08x}-{:04x}-4{:03x}-8{:03x}-{low:012x}",
            run >> 32,
            run >> 16 & 0xffff,
            run >> 4 & 0xfff,
            (flow >> 48) & 0xfff
        )
    }

    /// Adds both headers for the given step of a flow.
    pub fn add(&self, headers: &mut HeaderMap, flow: u64, step: u32) {
        let mut value = String::with_capacity(56);
        // Writing into a string does not fail.
        let _ = write!(
            value,
            "00-{:016x}{flow:016x}-{:016x}-01",
            self.run,
            ((flow + 1) << 20) | u64::from(step & 0xf_ffff)
        );
        if let Ok(header) = HeaderValue::from_maybe_shared(bytes::Bytes::from(value)) {
            headers.insert(TRACEPARENT, header);
        }
        if let Ok(header) =
            HeaderValue::from_maybe_shared(bytes::Bytes::from(self.correlation_id(flow, step)))
        {
            headers.insert(CORRELATION_ID, header);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn interactions_have_the_form_of_a_uuid_and_differ() {
        let ids = TraceIds::new(0x0123_4567_89ab_cdef);
        assert_eq!(ids.interaction_id(10), "01234567-89ab-4cde-8000-00000000000a");
        assert_ne!(ids.interaction_id(10), ids.interaction_id(11));
    }

    #[test]
    fn headers_have_the_form_of_trace_context() {
        let mut headers = HeaderMap::new();
        TraceIds::new(0xabc).add(&mut headers, 7, 2);
        assert_eq!(headers[TRACEPARENT], "00-0000000000000abc0000000000000007-0000000000800002-01");
        assert_eq!(headers[CORRELATION_ID], "0000000000000abc-7-2");
    }
}
