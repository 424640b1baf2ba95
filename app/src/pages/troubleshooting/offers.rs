//! What could be meant by what is being typed into the query line: words to find by, and their values. Not in here: the line on
//! the screen (see `query_line`).

use actions::find::Word;

/// Offered at once, at most: more is not read.
const MOST: usize = 8;

/// What there is to choose among.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Known {
    pub domains: Vec<String>,
    pub types: Vec<String>,
    pub codes: Vec<String>,
    pub steps: Vec<String>,
    /// Slugs.
    pub tenants: Vec<String>,
}

impl Known {
    fn of(&self, word: Word) -> Vec<String> {
        match word {
            Word::Domain => self.domains.clone(),
            Word::Type => self.types.clone(),
            Word::Code => self.codes.clone(),
            Word::Step => self.steps.clone(),
            Word::Tenant => self.tenants.clone(),
            Word::Since => ["1h", "24h", "7d"].map(str::to_owned).to_vec(),
            _ => Vec::new(),
        }
    }
}

/// One way to go on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Offer {
    /// What is put in.
    pub text: String,
    /// What it means.
    pub about: &'static str,
    /// True: nothing is missing after it.
    pub whole: bool,
}

/// Where the term at the caret begins, and how one could go on from what stands there. Nothing inside quotes.
pub(super) fn offers(line: &str, caret: usize, known: &Known) -> (usize, Vec<Offer>) {
    let before = line.get(..caret).unwrap_or(line);
    if before.matches('"').count() % 2 == 1 {
        return (before.len(), Vec::new());
    }
    let from = before.rfind(char::is_whitespace).map_or(0, |at| at + before[at..].chars().next().map_or(1, char::len_utf8));
    let typed = before[from..].to_ascii_lowercase();
    let found = match typed.split_once(':') {
        Some((name, value)) => values(name, value, known),
        None => names(&typed),
    };
    (from, found)
}

fn names(typed: &str) -> Vec<Offer> {
    let fits = Word::WRITTEN.iter().filter(|(_, name, _)| name.starts_with(typed));
    let offer = |(word, name, about): &(Word, &'static str, &'static str)| {
        let sign = match word {
            Word::Attempts => ">",
            Word::Payload => ".",
            _ => ":",
        };
        Offer { text: [name, sign].concat(), about, whole: false }
    };
    fits.map(offer).collect()
}

fn values(name: &str, typed: &str, known: &Known) -> Vec<Offer> {
    let Some((word, name, _)) = Word::WRITTEN.iter().find(|(_, written, _)| *written == name) else {
        return Vec::new();
    };
    let known = known.of(*word).into_iter().filter(|value| {
        let value = value.to_ascii_lowercase();
        value.contains(typed) && value != typed
    });
    known
        .take(MOST)
        .map(|value| {
            let value = if value.contains(char::is_whitespace) { ["\"", &value, "\""].concat() } else { value };
            Offer { text: [name, ":", &value].concat(), about: "", whole: true }
        })
        .collect()
}

/// The line with an offer taken, and where the caret stands then.
pub(super) fn take(line: &str, caret: usize, from: usize, offer: &Offer) -> (String, usize) {
    let after = line.get(caret..).unwrap_or_default();
    let gap = if offer.whole && !after.starts_with(char::is_whitespace) { " " } else { "" };
    let before = [&line[..from], &offer.text, gap].concat();
    ([&before, after].concat(), before.len())
}

/// The line without one of its terms.
pub(super) fn without(line: &str, from: usize, to: usize) -> String {
    [line[..from].trim_end(), line[to..].trim_start()].join(" ").trim().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(line: &str) -> Vec<String> {
        let known = Known { types: vec!["IngestPlan".into(), "EnhanceTicket".into()], codes: vec!["NO PLAN".into()], ..Known::default() };
        offers(line, line.len(), &known).1.into_iter().map(|offer| offer.text).collect()
    }

    #[test]
    fn words_then_their_values_are_offered() {
        assert_eq!(texts("").len(), Word::WRITTEN.len(), "an empty line shows what there is");
        assert_eq!(texts("type:A co"), ["code:"]);
        assert_eq!(texts("T"), ["tenant:", "type:"]);
        assert_eq!(texts("attempts>2 type:in"), ["type:IngestPlan"]);
        assert_eq!(texts("type:"), ["type:IngestPlan", "type:EnhanceTicket"]);
        assert_eq!(texts("code:"), ["code:\"NO PLAN\""], "what has a space is quoted");
        assert_eq!(texts("type:ingestplan"), [""; 0], "nothing more to say");
        assert_eq!(texts("\"two wo"), [""; 0], "nobody wants words within a text");
        assert_eq!(texts("nothing:x"), [""; 0]);
    }

    #[test]
    fn an_offer_takes_the_place_of_what_was_typed() {
        let offer = Offer { text: "type:IngestPlan".into(), about: "", whole: true };
        assert_eq!(take("code:X typ", 10, 7, &offer), ("code:X type:IngestPlan ".into(), 23));
        assert_eq!(take("typ code:X", 3, 0, &offer), ("type:IngestPlan code:X".into(), 15));
    }

    #[test]
    fn a_term_leaves_its_line() {
        assert_eq!(without("type:A \"b c\" code:D", 7, 12), "type:A code:D");
        assert_eq!(without("type:A", 0, 6), "");
    }
}
