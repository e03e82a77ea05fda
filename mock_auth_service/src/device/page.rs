use maud::{DOCTYPE, Markup, html};

/// Path of the page.
pub(super) const PATH: &str = "/device";

/// One login that waits, as the user sees it.
pub(super) struct Prompt {
    pub(super) login_id: String,
    pub(super) user: String,
    pub(super) client: String,
    pub(super) binding_message: String,
    pub(super) scopes: Vec<String>,
    /// Whether it is about a consent of Open Banking.
    pub(super) is_consent: bool,
    /// What that consent says, as far as the server has told: a name, and one text or more.
    pub(super) details: Vec<(&'static str, Vec<String>)>,
    /// Whole seconds since it arrived.
    pub(super) waits: u64,
    /// Whole seconds until it expires, if the server said when.
    pub(super) expires_in: Option<u64>,
}

/// Lists what waits; `hidden` more logins are not shown. `seal` is that of the browser's session.
pub(super) fn prompts(seal: &str, prompts: &[Prompt], hidden: usize) -> Markup {
    let title = match prompts.len() + hidden {
        0 => "No login waits".to_owned(),
        1 => "One login waits".to_owned(),
        count => format!("{count} logins wait"),
    };
    let content = html! {
        (look_again())
        @for (index, prompt) in prompts.iter().enumerate() {
            (prompt_form(seal, prompt, index + 1))
        }
        @if hidden > 0 {
            p { "There are " (hidden) " more. Decide these first." }
        }
    };
    frame(&title, content)
}

/// Tells what became of a decision, or why there is none.
pub(super) fn outcome(title: &str, sentence: &str) -> Markup {
    frame(title, html! { p.message role="status" { (sentence) } (look_again()) })
}

fn look_again() -> Markup {
    html! { p { a href=(PATH) { "Look again for logins" } } }
}

fn prompt_form(seal: &str, prompt: &Prompt, number: usize) -> Markup {
    // What the buttons are described by, for those who hear the page: client and user, and binding message.
    let about = [format!("client-{number}"), format!("message-{number}")];
    html! {
        section aria-labelledby=(about[0]) {
            h2 #(about[0]) { (prompt.client) " asks " (prompt.user) " for access" }
            dl {
                @if !prompt.binding_message.is_empty() {
                    dt { "Binding message" }
                    dd.code #(about[1]) dir="auto" { (prompt.binding_message) }
                }
                dt { "Scopes" }
                dd { ul { @for scope in &prompt.scopes { li { (scope) } } } }
                @for (name, texts) in &prompt.details {
                    dt { (name) }
                    dd { ul { @for text in texts { li { (text) } } } }
                }
                @if prompt.is_consent && prompt.details.is_empty() {
                    dt { "Consent" }
                    dd { "The server has not said what it is about." }
                }
                dt { "Waits" }
                dd {
                    (prompt.waits) " s"
                    @if let Some(seconds) = prompt.expires_in { ", expires in " (seconds) " s" }
                }
            }
            form.decision method="post" action=(PATH) {
                input type="hidden" name="seal" value=(seal);
                input type="hidden" name="login_id" value=(prompt.login_id);
                button type="submit" name="action" value="allow" aria-describedby=(about.join(" ")) { "Allow" }
                button.deny type="submit" name="action" value="deny" aria-describedby=(about.join(" ")) { "Deny" }
            }
        }
    }
}

fn frame(title: &str, content: Markup) -> Markup {
    html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                title { (title) " - CIBA authentication device" }
                link rel="stylesheet" href={ (PATH) "/style.css" };
            }
            body {
                header { "CIBA authentication device" }
                main {
                    h1 { (title) }
                    (content)
                }
                footer { "For testing only: whoever opens this page decides for every user." }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::{any, proptest};

    use super::{Markup, Prompt, outcome};

    /// Both pages with one text in every place that a stranger can fill.
    fn pages(text: &str) -> [String; 2] {
        let text = text.to_owned();
        let prompt = Prompt {
            login_id: text.clone(),
            user: text.clone(),
            client: text.clone(),
            binding_message: text.clone(),
            scopes: vec![text.clone()],
            is_consent: true,
            details: vec![("Payee", vec![text.clone()])],
            waits: 7,
            expires_in: Some(113),
        };
        [super::prompts("seal", &[prompt], 0), outcome(&text, &text)].map(Markup::into_string)
    }

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
            let quotes = [page, &plain].map(|page| page.matches('"').count());
            assert_eq!(quotes[0], quotes[1], "{text:?} left its quotes in {page}");
            assert!(unescaped(page).contains(text), "{text:?} is not shown in {page}");
        }
    }

    proptest! {
        #[test]
        fn no_text_becomes_markup(text in any::<String>(), special in "[<>&\"'/= a-z#;]{1,40}") {
            // An empty binding message has no place on the page.
            is_text(&format!("x{text}"));
            is_text(&special);
            is_text("\"><script>alert(1)</script><!--");
        }
    }

    #[test]
    fn every_page_has_a_language_a_title_and_landmarks() {
        for page in pages("x") {
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
