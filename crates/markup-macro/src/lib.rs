//! `view!`: the markup Leptos people write, compiled into statements that fill one kind of value (`markup::Html`) instead of
//! into a type per place. Parsing is `rstml`'s, as in Leptos. Not in here: what the value does.

mod component;
mod element;
mod names;

use proc_macro2::TokenStream;
use quote::quote;
use rstml::node::{Node, NodeBlock};

/// Where a node stands: elements such as `title` and `a` exist in both languages.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Language {
    Html,
    Svg,
}

/// Markup as a `markup::Html`. Differs from Leptos's own in that attributes cannot be spread and `use:`, `bind:`, `style:`
/// and `inner_html` do not exist; `r#as` writes `as`.
#[proc_macro]
pub fn view(tokens: proc_macro::TokenStream) -> proc_macro::TokenStream {
    let html = rstml::parse2(tokens.into()).and_then(|nodes| together(&nodes, Language::Html));
    html.unwrap_or_else(|error| {
        let error = error.into_compile_error();
        quote!({ #error })
    })
    .into()
}

/// Several nodes as one value: none, the one, or a row of them.
fn together(nodes: &[Node], language: Language) -> syn::Result<TokenStream> {
    // In a group of drawing elements, what could be either is a drawing too.
    let drawing = nodes.iter().any(|node| matches!(node, Node::Element(element) if names::is_svg(&element.name().to_string())));
    let language = if drawing && nodes.len() > 1 { Language::Svg } else { language };
    let parts = nodes.iter().map(|node| single(node, language)).collect::<syn::Result<Vec<_>>>()?;
    let mut parts: Vec<_> = parts.into_iter().flatten().collect();
    Ok(match parts.len() {
        0 => quote!(::markup::Html::Nothing),
        1 => parts.remove(0),
        _ => quote!(::markup::Html::Row(::std::vec![#(#parts),*])),
    })
}

/// One node as an expression of type `Html`; comments are nothing at all.
fn single(node: &Node, language: Language) -> syn::Result<Option<TokenStream>> {
    Ok(Some(match node {
        Node::Comment(_) | Node::Doctype(_) => return Ok(None),
        Node::Fragment(fragment) => together(&fragment.children, language)?,
        Node::Text(text) => {
            let text = &text.value;
            quote!(::markup::text(#text))
        }
        Node::RawText(raw) => {
            let text = raw.to_string_best();
            quote!(::markup::text(#text))
        }
        Node::Block(block) => block_value(block),
        Node::Element(element) if names::is_component(element.name()) => component::to_tokens(element)?,
        Node::Element(element) => element::to_tokens(element, language)?,
        Node::Custom(_) => return Ok(None),
    }))
}

/// What stands in braces. A block of one expression loses its braces, so that rustc names the expression and not the block.
fn block_value(block: &NodeBlock) -> TokenStream {
    if let NodeBlock::ValidBlock(block) = block
        && let [syn::Stmt::Expr(value, None)] = block.stmts.as_slice()
    {
        return quote!(::markup::IntoHtml::into_html(#value));
    }
    quote!(::markup::IntoHtml::into_html(#block))
}
