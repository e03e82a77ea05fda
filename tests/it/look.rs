//! The look of the pages on which people decide: the same on both, and readable by everybody.

use crate::sources::text;

const SIMULATOR: &str = "reference_op/src/simulator/style.css";
const DEVICE: &str = "mock_auth_service/src/device/style.css";

/// Text on its background, and the least contrast of WCAG 2.2, 1.4.3 and 1.4.11.
const PAIRS: [(&str, &str, f64); 9] = [
    ("text", "page", 4.5),
    ("text", "card", 4.5),
    ("quiet", "page", 4.5),
    ("quiet", "card", 4.5),
    ("accent", "page", 4.5),
    ("on-accent", "accent", 4.5),
    ("line", "card", 3.0),
    ("focus", "page", 3.0),
    ("focus", "card", 3.0),
];

#[test]
fn both_pages_have_one_look() {
    assert!(text(SIMULATOR) == text(DEVICE), "{SIMULATOR} and {DEVICE} differ");
}

#[test]
fn colours_have_contrast_by_day_and_by_night() {
    let style = text(SIMULATOR);
    let schemes: Vec<&str> = style.split(":root {").skip(1).collect();
    assert_eq!(schemes.len(), 2);
    for scheme in schemes {
        let scheme = scheme.split('}').next().unwrap();
        for (front, back, least) in PAIRS {
            let (a, b) = (luminance(scheme, front), luminance(scheme, back));
            let contrast = (a.max(b) + 0.05) / (a.min(b) + 0.05);
            assert!(contrast >= least, "{front} on {back}: {contrast:.2}, at least {least}, in{scheme}");
        }
    }
}

/// Relative luminance of a named colour (WCAG 2.2).
fn luminance(scheme: &str, name: &str) -> f64 {
    let (_, value) =
        scheme.split_once(&format!("--{name}: #")).unwrap_or_else(|| panic!("no {name} in {scheme}"));
    let channel = |at: usize| {
        let part = f64::from(u8::from_str_radix(&value[at..at + 2], 16).unwrap()) / 255.0;
        if part <= 0.04045 { part / 12.92 } else { ((part + 0.055) / 1.055).powf(2.4) }
    };
    0.2126 * channel(0) + 0.7152 * channel(2) + 0.0722 * channel(4)
}
