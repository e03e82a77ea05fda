use super::document::Document;
use super::figures::{Column, block, facts, plain, table};
use super::size_plots::{capacity_plot, efficiency_plot, law_plot};
use crate::analysis::sizing::{Searched, Sizing};
use crate::analysis::unit;
use crate::record::command_line;
use crate::report::sizing::{Answer, Part, STEM, SizingFormat, account, answer};
use crate::report::{RenderError, Style};
use maud::{Markup, html};

/// The format's row in the list of formats.
pub(in crate::report) const SIZING: SizingFormat = SizingFormat {
    name: "html",
    stem: STEM,
    extension: "html",
    about: "one HTML file with plots: capacity per size, what each step brings, the scaling law",
    render,
};

/// A part of the page.
struct Section {
    id: &'static str,
    title: &'static str,
    remark: String,
    body: Vec<Markup>,
}

fn render(sizing: &Sizing, _style: &Style) -> Result<Vec<u8>, RenderError> {
    let Answer { sentence, is_known, others } = answer(sizing);
    let (tone, mark) = if is_known { ("good", "✓") } else { ("careful", "?") };
    let mut document = Document::of(&format!("sizing: {sentence}"), tone);
    document.head(html! {
        p.what { "ciba-bench compare --sizing" }
        h1 { span aria-hidden="true" { (mark) " " } (plain(&sentence)) }
        ul.also { @for other in &others { li { (plain(other)) } } }
        p.quiet { (unit::percent(sizing.advice.headroom)) " of each capacity is left unused (--headroom)." }
    });
    for Section { id, title, remark, body } in sections(sizing) {
        let plot = match id {
            "capacity" => capacity_plot(sizing),
            "scaling" => efficiency_plot(sizing),
            "law" => sizing.law.as_ref().ok().map(|law| law_plot(sizing, law)),
            _ => None,
        };
        let plot = plot.map(|plot| document.plot(plot));
        let body = html! { @if let Some(plot) = plot { (plot) } @for part in &body { (part) } };
        document.section(id, title, &remark, body);
    }
    searches(&mut document, sizing);
    environment(&mut document, sizing);
    document.finish()
}

/// What the other forms say, in the same words. The answer stands above all of it here.
fn sections(sizing: &Sizing) -> Vec<Section> {
    let mut sections: Vec<Section> = Vec::new();
    for part in account(sizing) {
        let body = match part {
            Part::Heading { id, title, remark } => {
                sections.push(Section { id, title, remark, body: Vec::new() });
                continue;
            }
            Part::Table { headings, rows } => figures(&headings, rows),
            Part::Caution(text) => html! { p.invalid { "! " (plain(&text)) } },
            Part::Text(text) => html! { p.quiet { (plain(&text)) } },
        };
        if let Some(section) = sections.last_mut() {
            section.body.push(body);
        }
    }
    sections.retain(|section| section.id != "advice");
    sections
}

/// A table whose first column names what the others are figures of.
fn figures(headings: &[&'static str], rows: Vec<Vec<String>>) -> Markup {
    let columns: Vec<Column> = headings
        .iter()
        .enumerate()
        .map(|(at, heading)| if at == 0 { Column::Text(heading) } else { Column::Number(heading) })
        .collect();
    table(&columns, rows.into_iter().map(|row| row.iter().map(|cell| plain(cell)).collect()))
}

fn name(sizing: &Sizing, search: &Searched) -> String {
    sizing.sizes.get(search.size).map_or_else(|| unit::NONE.to_owned(), |size| size.name())
}

fn searches(document: &mut Document, sizing: &Sizing) {
    let columns = [Column::Text("size"), Column::Text("search"), Column::Text("came to")];
    let rows = sizing.searches.iter().map(|search| {
        vec![plain(&name(sizing, search)), html! { code { (plain(&search.place)) } }, plain(&search.outcome)]
    });
    document.section("searches", "The searches", "", table(&columns, rows));
}

/// Where they ran, with what, and how to do it again.
fn environment(document: &mut Document, sizing: &Sizing) {
    let body = html! {
        @for search in &sizing.searches {
            @let machine = &search.generator;
            h3 { (plain(&name(sizing, search))) " " span.quiet { (plain(&search.started_at)) } }
            (facts(&[
                ("server", plain(&search.issuer)),
                ("thresholds", html! { code { (plain(&search.thresholds.join("; "))) } }),
                ("tool", html! { "ciba-bench " (plain(&machine.tool_version)) ", " (plain(&machine.build)) " build" }),
                ("generator", html! {
                    (plain(&machine.processor)) ", " (machine.cores) " cores, " (unit::count(machine.memory_mib)) " MiB, "
                    (plain(&machine.system))
                }),
            ]))
            (block(&[command_line(&search.command)]))
            @if let Some(sut) = &search.sut {
                details {
                    summary { "The system under test, as " code { (plain(&sut.command)) } " says" }
                    (block(&sut.said.lines().map(str::to_owned).collect::<Vec<_>>()))
                }
            }
        }
    };
    document.section("environment", "Environment", "command lines that repeat the searches", body);
}
