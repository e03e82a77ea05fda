use maud::{DOCTYPE, Markup, html};

/// What every form of a page needs.
#[derive(Clone, Copy)]
pub(super) struct Desk<'a> {
    /// Path of the page.
    pub(super) path: &'a str,
    /// Seal of the browser's session.
    pub(super) seal: &'a str,
}

/// One pending request as the user sees it.
pub(super) struct Consent {
    pub(super) login_id: String,
    pub(super) client_name: String,
    pub(super) binding_message: String,
    pub(super) scopes: Vec<String>,
    /// What a bank's customer agrees to: a name, and one text or more.
    pub(super) details: Vec<(&'static str, Vec<String>)>,
    /// RFC 3339.
    pub(super) received_at: String,
    /// RFC 3339.
    pub(super) expires_at: String,
}

/// Asks for a login hint.
pub(super) fn ask(desk: Desk<'_>) -> Markup {
    frame(desk.path, "Authenticate", html! { (hint_form(desk, "")) })
}

/// Says that nothing is pending, in the documented words, and asks again.
pub(super) fn none_found(desk: Desk<'_>, hint: &str) -> Markup {
    let content = html! {
        p.message role="status" {
            "No authentication requests found for " (hint) ". "
            "Your client must submit ciba backchannel authentication request."
        }
        (hint_form(desk, hint))
    };
    frame(desk.path, "Nothing to decide", content)
}

/// Lists what is pending for a hint; `hidden` more requests are not shown.
pub(super) fn consents(desk: Desk<'_>, hint: &str, consents: &[Consent], hidden: usize) -> Markup {
    let content = html! {
        p { "You are " strong { (hint) } ". Allow only what you asked for yourself." }
        @for (index, consent) in consents.iter().enumerate() {
            (consent_form(desk, consent, index + 1))
        }
        @if hidden > 0 {
            p { "There are " (hidden) " more. Decide these first." }
        }
    };
    let title = match consents.len() + hidden {
        1 => "One request waits for you".to_owned(),
        count => format!("{count} requests wait for you"),
    };
    frame(desk.path, &title, content)
}

/// Confirms a decision.
pub(super) fn decided(desk: Desk<'_>, allowed: bool, client_name: &str, hint: &str) -> Markup {
    let (title, sentence) = match allowed {
        true => ("Allowed", "gets its tokens with its next token request."),
        false => ("Denied", "is told so by its next token request: access_denied."),
    };
    let content = html! {
        p.message role="status" { strong { (client_name) } " " (sentence) }
        form method="post" action=(desk.path) {
            (seal(desk))
            input type="hidden" name="login_hint" value=(hint);
            button type="submit" { "Other requests for " (hint) }
        }
    };
    frame(desk.path, title, content)
}

/// Says that a request cannot be decided any more, and asks again.
pub(super) fn too_late(desk: Desk<'_>) -> Markup {
    let content = html! {
        p.message role="status" { "This request is decided already, or it has expired. Nothing was changed." }
        (hint_form(desk, ""))
    };
    frame(desk.path, "Too late", content)
}

/// Says why a form is not acted upon.
pub(super) fn refused(path: &str, reason: &str) -> Markup {
    let content = html! {
        p.message role="alert" { (reason) }
        p { a href=(path) { "Open the simulator" } }
    };
    frame(path, "Not accepted", content)
}

fn hint_form(desk: Desk<'_>, hint: &str) -> Markup {
    html! {
        form.card method="post" action=(desk.path) {
            (seal(desk))
            label for="login_hint" { "Login hint" }
            p #about-hint { "The login_hint of the authentication request, character by character." }
            input #login_hint type="text" name="login_hint" value=(hint) required autofocus autocomplete="off"
                autocapitalize="none" spellcheck="false" aria-describedby="about-hint";
            button type="submit" { "CONTINUE" }
        }
    }
}

fn consent_form(desk: Desk<'_>, consent: &Consent, number: usize) -> Markup {
    // What the buttons are described by, for those who hear the page: client and binding message.
    let about = [format!("client-{number}"), format!("message-{number}")];
    html! {
        section aria-labelledby=(about[0]) {
            h2 #(about[0]) { (consent.client_name) " asks for access" }
            dl {
                @if !consent.binding_message.is_empty() {
                    dt { "Binding message" }
                    dd.code #(about[1]) dir="auto" { (consent.binding_message) }
                }
                dt { "Scopes" }
                dd { ul { @for scope in &consent.scopes { li { (scope) } } } }
                @for (name, texts) in &consent.details {
                    dt { (name) }
                    dd { ul { @for text in texts { li { (text) } } } }
                }
                dt { "Asked at" }
                dd { time datetime=(consent.received_at) { (consent.received_at) } }
                dt { "Expires at" }
                dd { time datetime=(consent.expires_at) { (consent.expires_at) } }
            }
            form.decision method="post" action={ (desk.path) "/consent" } {
                (seal(desk))
                input type="hidden" name="login_id" value=(consent.login_id);
                button type="submit" name="action" value="allow" aria-describedby=(about.join(" ")) { "Allow" }
                button.deny type="submit" name="action" value="deny" aria-describedby=(about.join(" ")) { "Deny" }
            }
        }
    }
}

fn seal(desk: Desk<'_>) -> Markup {
    html! { input type="hidden" name="seal" value=(desk.seal); }
}

fn frame(path: &str, title: &str, content: Markup) -> Markup {
    html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                title { (title) " - CIBA authentication device simulator" }
                link rel="stylesheet" href={ (path) "/style.css" };
            }
            body {
                header { "CIBA authentication device simulator" }
                main {
                    h1 { (title) }
                    (content)
                }
                footer { "For testing only: nobody is authenticated here." }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::{any, proptest};

    use super::*;

    const DESK: Desk<'static> = Desk { path: "/t/w/cibasimulator", seal: "seal" };

    /// All pages with one text in every place that a stranger can fill.
    fn pages(text: &str) -> [String; 4] {
        let consent = Consent {
            login_id: "login".into(),
            client_name: text.into(),
            binding_message: text.into(),
            scopes: vec!["openid".into(), text.into()],
            details: vec![("Payee", vec![text.into(), text.into()])],
            received_at: "2026-05-29T10:47:34Z".into(),
            expires_at: "2026-05-29T10:49:34Z".into(),
        };
        let consents = [consent];
        [
            none_found(DESK, text),
            super::consents(DESK, text, &consents, 0),
            decided(DESK, true, text, text),
            refused(DESK.path, text),
        ]
        .map(Markup::into_string)
    }

    /// What a browser takes for markup.
    fn tags(page: &str) -> Vec<&str> {
        page.split('<').skip(1).map(|tag| tag.split([' ', '>']).next().unwrap()).collect()
    }

    fn unescaped(page: &str) -> String {
        page.replace("&lt;", "<").replace("&gt;", ">").replace("&quot;", "\"").replace("&amp;", "&")
    }

    #[track_caller]
    fn is_text(text: &str) {
        for (page, plain) in pages(text).iter().zip(pages("x")) {
            assert_eq!(tags(page), tags(&plain), "{text:?} became markup in {page}");
            assert_eq!(
                page.matches('"').count(),
                plain.matches('"').count(),
                "{text:?} left its quotes in {page}"
            );
            assert!(unescaped(page).contains(text), "{text:?} is not shown in {page}");
        }
    }

    #[test]
    fn markup_in_strangers_texts_is_text() {
        for text in [
            "<script>alert(1)</script>",
            "\"><img src=x onerror=alert(1)>",
            "' autofocus onfocus=alert(1) x='",
            "</title></main><!--",
            "&lt;b&gt; &amp; &#60;",
            "]]>",
            "John\u{202e}nhoJ",
            "Jos\u{e9} \u{1f511}",
        ] {
            is_text(text);
        }
    }

    proptest! {
        #[test]
        fn no_text_becomes_markup(text in any::<String>(), special in "[<>&\"'/= a-z#;]{1,40}") {
            // An empty binding message has no place on the page.
            is_text(&format!("x{text}"));
            is_text(&special);
        }
    }

    #[test]
    fn the_documented_sentence_is_said_word_for_word() {
        let page = none_found(DESK, "John").into_string();
        let sentence = "No authentication requests found for John. Your client must submit ciba backchannel \
                        authentication request.";
        assert!(page.contains(sentence), "{page}");
        assert!(page.contains(r#"name="login_hint" value="John""#), "{page}");
    }

    #[test]
    fn every_page_has_a_language_a_title_and_landmarks() {
        let blank = [ask(DESK), too_late(DESK)].map(Markup::into_string);
        for page in pages("x").iter().chain(&blank) {
            for part in [
                "<!DOCTYPE html><html lang=\"en\">",
                "name=\"viewport\"",
                "<title>",
                "<header>",
                "<main><h1>",
                "<footer>",
            ] {
                assert_eq!(page.matches(part).count(), 1, "{part} in {page}");
            }
            assert!(!page.contains("<script") && !page.contains("style="), "{page}");
        }
    }
}
