//! A person types while an agent proposes, and hunks are taken, refused, late,
//! or said to be applied when they are not. Whatever the order: no character of
//! the person is lost or doubled, no hunk is lost or taken twice, and both sides
//! end with one text.

use std::collections::{BTreeSet, VecDeque};

use proptest::{prelude::*, test_runner::TestCaseError};
use serde_json::Value;
use tiro::{
    documents::Documents,
    edits::{FileHunks, HunkId, HunkState},
};
use tiro_tests::{
    editor::Editor,
    profile::{Profile, StaleVersion},
};

use crate::{
    clients::{Client, path, take_in},
    texts::{self, Replacement},
};

/// One thing that happens.
#[derive(Debug, Clone)]
enum Event {
    /// The person types, with a mark that is found again.
    Types(Replacement),
    /// The person takes back what they did last.
    Undoes,
    /// The server hears the next thing that the client says.
    Hears,
    /// The agent proposes.
    Proposes(Vec<Replacement>),
    /// The person takes the pending hunks that the bits say.
    Accepts(u8),
    /// The person turns one down.
    Rejects(prop::sample::Index),
    /// The client gets the request and does what it does.
    Applies,
    /// The answer of the client is heard, if there is one.
    Answers,
}

fn event() -> impl Strategy<Value = Event> {
    let replacements = prop::collection::vec(texts::replacement(), 1..4);
    prop_oneof![
        6 => texts::replacement().prop_map(Event::Types),
        1 => Just(Event::Undoes),
        6 => Just(Event::Hears),
        2 => replacements.prop_map(Event::Proposes),
        4 => any::<u8>().prop_map(Event::Accepts),
        1 => any::<prop::sample::Index>().prop_map(Event::Rejects),
        4 => Just(Event::Applies),
        3 => Just(Event::Answers),
    ]
}

/// A request on its way, or done.
struct InFlight {
    params: Value,
    taken: Vec<HunkId>,
    expected: String,
    reached: bool,
}

struct World<'a> {
    client: &'a Client,
    editor: Editor,
    documents: Documents,
    /// Said by the client, not heard by the server.
    said: VecDeque<Value>,
    proposal: Option<FileHunks>,
    in_flight: Option<InFlight>,
    /// Marks made so far; each is in a text once at most.
    marks: usize,
    /// Marks that were typed after the proposal was made.
    fresh: BTreeSet<String>,
    /// The text before what the person did last.
    before: Option<(String, String)>,
}

/// Checks that many interleavings.
pub(crate) fn run(cases: u32) {
    let stale = [
        StaleVersion::Refused,
        StaleVersion::RefusedWithReason,
        StaleVersion::SkippedAsApplied,
        StaleVersion::Error,
    ];
    let mut clients: Vec<Client> = stale
        .into_iter()
        .map(|stale| Profile::helix().with(|quirks| quirks.stale_version = stale))
        .map(|profile| Client::new(profile, "utf-16"))
        .collect();
    let lies = Profile::helix().with(|quirks| quirks.lies = true);
    let whole = Profile::helix().with(|quirks| quirks.sends_full_text = true);
    clients.push(Client::new(lies, "utf-8"));
    clients.push(Client::new(whole, "utf-32"));
    let events = prop::collection::vec(event(), 1..40);
    let strategy = (0..clients.len(), texts::text(24), events);
    texts::check(cases, &strategy, |(client, text, events)| {
        let client = &clients[client];
        let (editor, documents) = client.open(&text);
        let mut world = World {
            client,
            editor,
            documents,
            said: VecDeque::new(),
            proposal: None,
            in_flight: None,
            marks: 0,
            fresh: BTreeSet::new(),
            before: None,
        };
        for event in &events {
            world.step(event)?;
        }
        world.settle()
    });
}

impl World<'_> {
    fn step(&mut self, event: &Event) -> Result<(), TestCaseError> {
        match event {
            Event::Types(replacement) => self.types(replacement),
            Event::Undoes => {
                let Some((before, after)) = self.before.take() else { return Ok(()) };
                if self.editor.text(&path()) == after {
                    self.editor.type_at(&path(), 0..after.len(), &before);
                    self.fresh.retain(|mark| before.contains(mark));
                    self.says();
                }
            }
            Event::Hears => self.hears()?,
            Event::Proposes(replacements) => self.proposes(replacements)?,
            Event::Accepts(mask) => self.accepts(*mask)?,
            Event::Rejects(index) => {
                if let Some(proposal) = &mut self.proposal
                    && !proposal.hunks().is_empty()
                    && self.in_flight.is_none()
                {
                    let id = index.get(proposal.hunks()).id().clone();
                    proposal.reject(&id);
                }
            }
            Event::Applies => self.applies()?,
            Event::Answers => {
                // Only what the text shows counts: a request that was reached and
                // did nothing is forgotten, once all is heard.
                if self.said.is_empty() && self.in_flight.as_ref().is_some_and(|it| it.reached) {
                    self.in_flight = None;
                }
            }
        }
        self.check()
    }

    fn mark(&mut self, kind: char) -> String {
        self.marks += 1;
        format!("⟦{kind}{}⟧", self.marks)
    }

    fn types(&mut self, replacement: &Replacement) {
        let mark = self.mark('p');
        let before = self.editor.text(&path()).to_owned();
        let new = format!("{}{mark}{}", replacement.text(), replacement.text());
        self.editor.type_at(&path(), replacement.bytes(&before), &new);
        let after = self.editor.text(&path()).to_owned();
        // The person may delete what they typed before.
        self.fresh.retain(|mark| after.contains(mark));
        self.fresh.insert(mark);
        self.before = Some((before, after));
        self.says();
    }

    fn says(&mut self) {
        let outbox = self.editor.take_outbox();
        self.said.extend(outbox.into_iter().map(|(_, params)| params));
    }

    fn hears(&mut self) -> Result<(), TestCaseError> {
        let Some(params) = self.said.pop_front() else { return Ok(()) };
        take_in(&mut self.documents, &params);
        let now = self.documents.get(&path()).unwrap().text;
        if let Some(proposal) = &mut self.proposal {
            let proposed = content(proposal);
            proposal.rebase(now.clone());
            prop_assert_eq!(content(proposal), proposed, "a hunk is another one now");
            let untouched = proposal.result(|_| false);
            prop_assert_eq!(&*untouched, &*now);
            if self.in_flight.as_ref().is_some_and(|it| it.reached && it.expected == *now) {
                let in_flight = self.in_flight.take().unwrap();
                for id in &in_flight.taken {
                    prop_assert!(proposal.accept(id), "{} was taken and is not accepted", id);
                }
                prop_assert_eq!(&**proposal.base(), &*now);
            }
        }
        Ok(())
    }

    fn proposes(&mut self, replacements: &[Replacement]) -> Result<(), TestCaseError> {
        if self.proposal.is_some() {
            return Ok(());
        }
        let base = self.documents.get(&path()).unwrap().text;
        let mut result = base.to_string();
        for replacement in replacements {
            let mark = self.mark('a');
            let new = format!("{}{mark}", replacement.text());
            result.replace_range(replacement.bytes(&result), &new);
        }
        // What is typed already but not heard is not known to the agent.
        self.fresh.retain(|mark| !base.contains(mark));
        let proposal = FileHunks::new(path(), base, &result, &mut 1);
        prop_assert_eq!(proposal.result(|_| true), result);
        self.proposal = Some(proposal);
        Ok(())
    }

    fn accepts(&mut self, mask: u8) -> Result<(), TestCaseError> {
        let (Some(proposal), None) = (&self.proposal, &self.in_flight) else { return Ok(()) };
        let pending = proposal.hunks().iter().filter(|hunk| hunk.is_pending()).enumerate();
        let taken: Vec<HunkId> = pending
            .filter(|(index, _)| mask >> (index % 8) & 1 == 1)
            .map(|(_, hunk)| hunk.id().clone())
            .collect();
        if taken.is_empty() {
            return Ok(());
        }
        let expected = proposal.result(|hunk| taken.contains(hunk.id()));
        let document = self.documents.get(&path()).unwrap();
        prop_assert_eq!(proposal.base(), &document.text);
        let params = self.client.request(&document, &expected);
        self.in_flight = Some(InFlight { params, taken, expected, reached: false });
        Ok(())
    }

    fn applies(&mut self) -> Result<(), TestCaseError> {
        let Some(in_flight) = self.in_flight.as_mut().filter(|it| !it.reached) else {
            return Ok(());
        };
        in_flight.reached = true;
        let before = self.editor.text(&path()).to_owned();
        let _ = self.editor.answer("workspace/applyEdit", &in_flight.params);
        let after = self.editor.text(&path());
        prop_assert!(after == before || after == in_flight.expected, "a mixture: {:?}", after);
        self.says();
        prop_assert_eq!(self.editor.violations(), &[] as &[String]);
        Ok(())
    }

    /// What holds at every moment.
    fn check(&self) -> Result<(), TestCaseError> {
        let text = self.editor.text(&path());
        for mark in &self.fresh {
            prop_assert!(text.contains(mark), "{} is lost in {:?}", mark, text);
        }
        for number in 1..=self.marks {
            for kind in ['p', 'a'] {
                let mark = format!("⟦{kind}{number}⟧");
                prop_assert!(text.matches(&mark).count() <= 1, "{} twice in {:?}", mark, text);
            }
        }
        Ok(())
    }

    /// Everything is heard and everything that fits is taken.
    fn settle(&mut self) -> Result<(), TestCaseError> {
        for _ in 0..3 {
            self.applies()?;
            while !self.said.is_empty() {
                self.hears()?;
                self.check()?;
            }
            self.in_flight = None;
            self.accepts(u8::MAX)?;
        }
        let document = self.documents.get(&path()).unwrap();
        prop_assert_eq!(&*document.text, self.editor.text(&path()));
        prop_assert_eq!(
            i64::from(document.version),
            self.editor.document(&path()).unwrap().version
        );
        let Some(proposal) = &self.proposal else { return Ok(()) };
        prop_assert_eq!(proposal.base(), &document.text);
        let lies = self.editor.profile().quirks.lies;
        for hunk in proposal.hunks() {
            prop_assert!(
                lies || *hunk.state() != HunkState::Pending,
                "{:?} fits and is not taken",
                hunk
            );
        }
        Ok(())
    }
}

fn content(proposal: &FileHunks) -> Vec<(String, String, String)> {
    let hunks = proposal.hunks().iter();
    hunks
        .map(|hunk| (hunk.id().to_string(), hunk.old().to_owned(), hunk.new_text().to_owned()))
        .collect()
}
