//! An element: its fixed attributes as one constant, then a statement for each thing that is computed.

use crate::{Language, names, single};
use proc_macro2::TokenStream;
use quote::{format_ident, quote, quote_spanned};
use rstml::node::{KeyedAttribute, NodeAttribute, NodeElement, NodeName};
use syn::{Expr, ExprLit, Lit, spanned::Spanned};

pub(crate) fn to_tokens(element: &NodeElement<rstml::Infallible>, language: Language) -> syn::Result<TokenStream> {
    let tag = names::in_html(element.name());
    let language = if names::is_svg(&tag) { Language::Svg } else { language };
    let svg = language == Language::Svg;
    let (mut fixed, mut statements) = (Vec::new(), Vec::new());
    for attribute in element.attributes() {
        let NodeAttribute::Attribute(attribute) = attribute else {
            return Err(syn::Error::new(attribute.span(), "Attributes cannot be spread here: name each one."));
        };
        match constant(attribute) {
            Some((name, value)) => fixed.push(quote!((#name, #value))),
            None => statements.push(computed(attribute)?),
        }
    }
    // What stands in a drawing's text or in foreign content is not looked at: the console has none.
    for child in &element.children {
        if let Some(child) = single(child, language)? {
            statements.push(quote!(element.child(#child);));
        }
    }
    let new = quote!(::markup::Element::new(#tag, #svg, &[#(#fixed),*]));
    if statements.is_empty() {
        return Ok(quote!(::markup::Html::Element(#new)));
    }
    Ok(quote! {{
        let mut element = #new;
        #(#statements)*
        ::markup::Html::Element(element)
    }})
}

/// An attribute that never changes: a string, or a name alone.
fn constant(attribute: &KeyedAttribute) -> Option<(String, TokenStream)> {
    let name = names::in_html(&attribute.key);
    if name.contains(':') || name == "node_ref" {
        return None;
    }
    match attribute.value() {
        None => Some((name, quote!(""))),
        Some(Expr::Lit(ExprLit { lit: Lit::Str(text), .. })) => Some((name, quote!(#text))),
        Some(_) => None,
    }
}

fn computed(attribute: &KeyedAttribute) -> syn::Result<TokenStream> {
    let name = names::in_html(&attribute.key);
    let span = attribute.key.span();
    let value = attribute.value().ok_or_else(|| syn::Error::new(span, "This needs a value."))?;
    let value = unbraced(value);
    if name == "node_ref" {
        return Ok(quote_spanned!(span=> element.reference(#value);));
    }
    let Some((kind, what)) = name.split_once(':') else {
        return Ok(quote_spanned!(span=> element.attribute(#name, ::markup::IntoValue::into_value(#value));));
    };
    match kind {
        "on" => {
            let event = format_ident!("{what}", span = event_span(&attribute.key));
            Ok(quote_spanned!(span=> element.on(::markup::events::#event, #value);))
        }
        "class" => Ok(quote_spanned!(span=> element.class(#what, ::markup::IntoValue::into_value(#value));)),
        "prop" => Ok(quote_spanned!(span=> element.property(#what, ::markup::IntoValue::into_value(#value));)),
        _ => Err(syn::Error::new(span, format!("`{kind}:` does not exist here; there are `on:`, `class:` and `prop:`."))),
    }
}

/// The span of the word behind `on:`, so that an unknown event is underlined and not the whole attribute.
fn event_span(key: &NodeName) -> proc_macro2::Span {
    match key {
        NodeName::Punctuated(parts) => parts.last().map_or_else(|| key.span(), Spanned::span),
        NodeName::Path(_) | NodeName::Block(_) => key.span(),
    }
}

/// `{value}` as `value`.
pub(crate) fn unbraced(value: &Expr) -> TokenStream {
    if let Expr::Block(block) = value
        && let [syn::Stmt::Expr(inner, None)] = block.block.stmts.as_slice()
    {
        return quote!(#inner);
    }
    quote!(#value)
}
