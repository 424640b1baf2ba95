//! [`Html`] as text. Everything written is escaped here, once: text, attributes, and what stands in a `textarea`.

use crate::{
    Html, Value,
    html::{Element, What},
};
use leptos::{
    prelude::RenderHtml,
    tachys::{ssr::StreamBuilder, view::Position},
};

/// Elements that have no end tag.
const VOID: [&str; 13] = ["area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "track", "wbr"];

/// Where the text goes.
pub(crate) enum Out<'a> {
    Text(&'a mut String),
    Whole(&'a mut StreamBuilder),
    Streamed(&'a mut StreamBuilder),
}

impl Out<'_> {
    fn push(&mut self, text: &str) {
        match self {
            Self::Text(buf) => buf.push_str(text),
            Self::Whole(buf) | Self::Streamed(buf) => buf.push_sync(text),
        }
    }

    fn with(&mut self, write: impl FnOnce(&mut String)) {
        match self {
            Self::Text(buf) => write(buf),
            Self::Whole(buf) | Self::Streamed(buf) => buf.with_buf(write),
        }
    }
}

pub(crate) fn write(html: Html, out: &mut Out<'_>, position: &mut Position, escape: bool, mark: bool) {
    match html {
        Html::Nothing => {
            out.push("<!>");
            *position = Position::NextChild;
        }
        Html::Text(text) => {
            if *position == Position::NextChildAfterText {
                out.push("<!>");
            }
            out.with(|buf| if text.is_empty() { buf.push(' ') } else { push_text(buf, &text) });
            *position = Position::NextChildAfterText;
        }
        Html::Element(element) => {
            write_element(*element, out, escape, mark);
            *position = Position::NextChild;
        }
        Html::Row(pieces) => pieces.into_iter().for_each(|piece| write(piece, out, position, escape, mark)),
        Html::List(pieces) => {
            pieces.into_iter().for_each(|piece| write(piece, out, position, escape, mark));
            out.push("<!>");
            *position = Position::NextChild;
        }
        Html::Keyed(list) => {
            let pieces = list.0.iter().map(|key| list.1.html(*key)).collect();
            write(Html::List(pieces), out, position, escape, mark);
        }
        Html::Live(mut make) => write(make(), out, position, escape, mark),
        Html::View(view) => match out {
            Out::Text(buf) => view.to_html_with_buf(buf, position, escape, mark, Vec::new()),
            Out::Whole(buf) => view.to_html_async_with_buf::<false>(buf, position, escape, mark, Vec::new()),
            Out::Streamed(buf) => view.to_html_async_with_buf::<true>(buf, position, escape, mark, Vec::new()),
        },
    }
}

fn write_element(element: Element, out: &mut Out<'_>, escape: bool, mark: bool) {
    let Element { template, settings, children, .. } = element;
    let tag = template.tag();
    let (mut classes, mut content) = (String::new(), String::new());
    out.with(|buf| {
        buf.push('<');
        buf.push_str(tag);
        for (name, value) in template.attributes() {
            if name == "class" { classes.push_str(value) } else { push_attribute(buf, name, value) }
        }
        for setting in settings {
            match (setting.what, now(setting.value)) {
                (What::Attribute("class"), Value::Text(value)) => push_class(&mut classes, &value),
                (What::Attribute(name), Value::Text(value)) => push_attribute(buf, name, &value),
                (What::Attribute(name), Value::Present) => push_attribute(buf, name, ""),
                (What::Class(name), value) if value.is_on() => push_class(&mut classes, name),
                // A textarea has no attribute for its text.
                (What::Property("value"), Value::Text(value)) if tag == "textarea" => content = value.into_owned(),
                _ => {}
            }
        }
        if !classes.is_empty() {
            push_attribute(buf, "class", &classes);
        }
        buf.push('>');
        // The parser takes a first line break away.
        if content.starts_with('\n') {
            buf.push('\n');
        }
        push_text(buf, &content);
        push_text(buf, template.text().unwrap_or_default());
    });
    if VOID.contains(&tag) {
        return;
    }
    let mut position = Position::FirstChild;
    children.into_iter().for_each(|child| write(child, out, &mut position, escape, mark));
    out.with(|buf| {
        buf.push_str("</");
        buf.push_str(tag);
        buf.push('>');
    });
}

fn now(value: Value) -> Value {
    match value {
        Value::Live(mut make) => make(),
        value => value,
    }
}

fn push_class(classes: &mut String, class: &str) {
    if !classes.is_empty() && !class.is_empty() {
        classes.push(' ');
    }
    classes.push_str(class);
}

fn push_attribute(buf: &mut String, name: &str, value: &str) {
    buf.push(' ');
    buf.push_str(name);
    buf.push_str("=\"");
    push_escaped(buf, value, |character| matches!(character, '&' | '"' | '<' | '>'));
    buf.push('"');
}

fn push_text(buf: &mut String, text: &str) {
    push_escaped(buf, text, |character| matches!(character, '&' | '<' | '>'));
}

fn push_escaped(buf: &mut String, text: &str, special: fn(char) -> bool) {
    let mut rest = text;
    while let Some(at) = rest.find(special) {
        buf.push_str(&rest[..at]);
        buf.push_str(match rest.as_bytes()[at] {
            b'&' => "&amp;",
            b'<' => "&lt;",
            b'>' => "&gt;",
            _ => "&quot;",
        });
        rest = &rest[at + 1..];
    }
    buf.push_str(rest);
}

/// Runs what is live once without writing, so that whoever waits for data learns what is read.
pub(crate) fn dry_resolve(html: &mut Html) {
    match html {
        Html::Element(element) => {
            for setting in &mut element.settings {
                if let Value::Live(make) = &mut setting.value {
                    make();
                }
            }
            element.children.iter_mut().for_each(dry_resolve);
        }
        Html::Row(pieces) | Html::List(pieces) => pieces.iter_mut().for_each(dry_resolve),
        Html::Live(make) => dry_resolve(&mut make()),
        Html::View(view) => view.dry_resolve(),
        Html::Keyed(list) => list.0.iter().for_each(|key| dry_resolve(&mut list.1.html(*key))),
        Html::Nothing | Html::Text(_) => {}
    }
}
