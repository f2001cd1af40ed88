//! A person types while patches of the same file are proposed, decided on and
//! applied by the real program, in random order: nothing they typed is lost, and
//! of each hunk it is known what became of it, to the model too. `story` is the
//! text and what the model wants of it, `person` what is typed, `report` what the
//! model was told.

mod person;
mod report;
mod story;

use std::{
    cell::RefCell,
    collections::BTreeMap,
    hash::{BuildHasher as _, RandomState},
    path::PathBuf,
    rc::Rc,
};

use serde_json::{Value, json};
use tiro_tests::{
    client::{Answer, Client, ServerRequest},
    fuzz::Chance,
    model::Turn,
    profile::Profile,
};

use self::{
    person::Person,
    report::{Fate, fates},
    story::Story,
};
use crate::stage::{ASKING, AUTOMATIC, Stage, calls, number, say};

const FILE: &str = "a.txt";

#[test]
fn nothing_that_was_typed_is_lost() {
    let first = number("TIRO_TYPING_SEED", 0);
    let random = || usize::try_from(RandomState::new().hash_one(0) >> 16).unwrap_or(1);
    // A seed that was given is looked at alone.
    let (first, cases) =
        if first == 0 { (random(), number("TIRO_TYPING", 40)) } else { (first, 1) };
    let mut seen = BTreeMap::new();
    for seed in first..first + cases {
        let script = Script { seed, steps: Rc::default() };
        let mut world = World::new(seed as u64, &script);
        world.play();
        for hunk in world.story.hunks() {
            *seen.entry(format!("{:?}", hunk.fate)).or_insert(0) += 1;
        }
        *seen.entry("edits that came too late".to_owned()).or_default() += world.late;
    }
    println!("{cases} interleavings: {seen:?}");
}

/// Everything that was done; shown when a test fails.
#[derive(Clone)]
struct Script {
    seed: usize,
    steps: Rc<RefCell<Vec<String>>>,
}

impl Script {
    fn note(&self, step: String) {
        self.steps.borrow_mut().push(step);
    }
}

#[expect(clippy::print_stdout, reason = "it is what the person needs to see it again")]
impl Drop for Script {
    fn drop(&mut self) {
        // Of several clones the last one tells.
        if std::thread::panicking() && Rc::strong_count(&self.steps) == 1 {
            let steps = self.steps.borrow().join("\n  ");
            println!("seen again with TIRO_TYPING_SEED={}:\n  {steps}", self.seed);
        }
    }
}

/// What the client hears that somebody has to act on.
enum Heard {
    Asked(String),
    Edit(ServerRequest),
    PatchEnd(Value),
    TaskEnd,
}

struct World<'a> {
    stage: Stage,
    client: Client,
    path: PathBuf,
    chance: Chance,
    script: &'a Script,
    story: Story,
    person: Person,
    /// How many messages of the log were looked at.
    heard: usize,
    /// The text before and after the last edit of the agent.
    agent: Option<(String, String)>,
    /// Edits that the editor refused, because the person had typed.
    late: usize,
}

impl<'a> World<'a> {
    fn new(seed: u64, script: &'a Script) -> Self {
        let mut chance = Chance::new(seed);
        let mut profiles = [
            Profile::vscode(),
            Profile::neovim(),
            Profile::helix(),
            Profile::eglot(),
            Profile::kakoune(),
            Profile::sublime(),
        ];
        let at = chance.number(0..profiles.len());
        let late = chance.one_in(4);
        let profile = std::mem::replace(&mut profiles[at], Profile::bare())
            .with(|quirks| quirks.change_before_answer ^= late);
        let story = Story::new(&mut chance);
        let asks = !chance.one_in(3);
        script.note(format!(
            "{}{}, {}: {:?}",
            profile.name,
            if late { " with answers the other way round" } else { "" },
            if asks { "asking" } else { "automatic" },
            story.text
        ));
        let turn = story.patches.iter().fold(Turn::new(), |turn, patch| {
            script.note(format!("{} will be {:?}", patch.call, patch.body()));
            turn.call(&patch.call, "apply_patch", &crate::stage::patch(&patch.body()))
        });
        let read = calls("r", "read_file", json!({"path": FILE}));
        let turns = [turn, Turn::say("done"), read, Turn::say("bye")];
        let config = if asks { ASKING } else { AUTOMATIC };
        let stage = Stage::new(config, &[(FILE, &story.text)], turns);
        let client = stage.client(profile);
        let path = stage.project.path(FILE);
        client.open(&path);
        client.on("workspace/applyEdit", |_| Answer::Hold);
        let person = Person::new(&story);
        Self { stage, client, path, chance, script, story, person, heard: 0, agent: None, late: 0 }
    }

    fn text(&self) -> String {
        self.client.editor().text(&self.path).to_owned()
    }

    fn fail(&self, why: &str) -> ! {
        self.client.fail(&format!("{why}\nthe text is {:?}", self.text()))
    }

    fn play(&mut self) {
        // A patch that does not fit at all is no story.
        let early = self.chance.one_in(4);
        self.types(2 * usize::from(early));
        say(&self.client, "go");
        self.types(usize::from(early));
        loop {
            let heard = self.hear();
            // Each patch has been fitted to the lines by now.
            self.person.careful = self.story.patches.len() > 1;
            match heard {
                Heard::Asked(call) => {
                    self.types(4);
                    self.decide(&call);
                    self.types(1);
                }
                Heard::Edit(edit) => self.edits(&edit),
                Heard::PatchEnd(_) => {}
                Heard::TaskEnd => break,
            }
        }
        let told = self.stage.model.request(2);
        for index in 0..self.story.patches.len() {
            let told = told.tool_output(&self.story.patches[index].call);
            self.script.note(format!("told {told:?}"));
            match fates(&told, &self.story.patches[index]) {
                Ok(fates) => self.story.patches[index].become_(fates),
                Err(why) => self.fail(&why),
            }
        }
        self.check_fates();
        for _ in 0..self.chance.number(0..6) {
            self.types(2);
            self.decide_on_what_is_left();
        }
        self.types(2);
        self.check_fates();
        self.check_what_is_kept();
        self.check_reading();
    }

    /// The next thing that somebody has to act on.
    fn hear(&mut self) -> Heard {
        let from = self.heard;
        let (at, heard) = self.client.wait("what becomes of the patch", |log| {
            log.iter().enumerate().skip(from).filter(|(_, it)| it.from_server).find_map(
                |(at, message)| {
                    let value = &message.value;
                    let params = value["params"].clone();
                    let heard = match value["method"].as_str()? {
                        "tiro/applyPatchApprovalRequest" => {
                            Heard::Asked(params["call_id"].as_str()?.to_owned())
                        }
                        "workspace/applyEdit" => Heard::Edit(ServerRequest {
                            id: value["id"].clone(),
                            method: "workspace/applyEdit".to_owned(),
                            params,
                        }),
                        "tiro/patchApplyEnd" => Heard::PatchEnd(params),
                        "tiro/taskComplete" => Heard::TaskEnd,
                        _ => return None,
                    };
                    Some((at, heard))
                },
            )
        });
        self.heard = at + 1;
        heard
    }

    /// Lets the person do up to so many things.
    fn types(&mut self, most: usize) {
        for _ in 0..self.chance.number(0..most + 1) {
            if self.chance.one_in(6) {
                // Whatever was typed is heard now.
                self.call("tiro/proposal", json!({})).expect("a list");
                continue;
            }
            let before = self.text();
            let agent = self.agent.as_ref().filter(|(_, after)| *after == before);
            let undone = agent.map(|(before, _)| before.clone());
            let (range, new) = self.person.wants(&before, &self.story, undone, &mut self.chance);
            self.script.note(format!("types {new:?} in the place of {:?}", &before[range.clone()]));
            let path = self.path.clone();
            self.client.edit(|editor| editor.type_at(&path, range, &new));
            self.person.did(before, self.text());
            self.check();
        }
    }

    /// The editor does what it is asked to, once the person has typed on.
    fn edits(&mut self, edit: &ServerRequest) {
        // Some clients only show that they did nothing by doing nothing for a while.
        let silent = self.client.editor().profile().name == "Neovim";
        if self.chance.one_in(if silent { 8 } else { 2 }) {
            self.types(2);
        }
        let before = self.text();
        self.client.perform(edit);
        let after = self.text();
        if before != after {
            self.script.note(format!("the agent makes it {after:?}"));
            self.agent = Some((before, after));
        } else {
            self.late += 1;
            self.script.note("an edit comes too late".to_owned());
        }
        self.check();
        self.types(1);
    }

    fn call(&self, method: &str, params: Value) -> Result<Value, String> {
        self.client.call(method, params).map_err(|error| error.message)
    }

    /// Answers what is asked about a patch, in one of the ways there are.
    fn decide(&mut self, call: &str) {
        let hunks = self.story.hunks_of(call);
        let some: Vec<String> = hunks.into_iter().filter(|_| self.chance.one_in(2)).collect();
        let answer = match self.chance.number(0..8) {
            0 => json!({"id": call, "decision": "denied"}),
            1 => json!({"id": call, "decision": "approved", "selection": {"approve": some}}),
            2 => json!({"id": call, "decision": "approved", "selection": {"reject": some}}),
            3..6 => json!({"id": call, "decision": "approved"}),
            _ => return self.decide_one_by_one(call),
        };
        self.script.note(format!("answers {answer}"));
        if let Err(why) = self.call("tiro/patchApproval", answer) {
            self.fail(&format!("the answer was refused: {why}"));
        }
    }

    fn decide_one_by_one(&mut self, call: &str) {
        let mut all = true;
        for hunk in self.story.hunks_of(call) {
            all &= self.decide_hunk(call, &hunk).is_ok();
            self.types(1);
        }
        if !all {
            let answer = json!({"id": call, "decision": "approved"});
            self.script.note(format!("answers {answer}"));
            if let Err(why) = self.call("tiro/patchApproval", answer) {
                self.fail(&format!("the answer was refused: {why}"));
            }
        }
    }

    fn decide_hunk(&mut self, proposal: &str, hunk: &str) -> Result<bool, String> {
        let accept = !self.chance.one_in(3);
        let method = if accept { "tiro/acceptHunk" } else { "tiro/rejectHunk" };
        let result = self.call(method, json!({"proposal": proposal, "hunk": hunk}));
        self.script.note(format!("{method} {proposal} {hunk}: {result:?}"));
        result.map(|_| accept)
    }

    /// The hunks that are open: the call's id and their own.
    fn open(&self) -> Vec<(String, String)> {
        let list = self.call("tiro/proposal", json!({})).expect("a list");
        let mut open = Vec::new();
        let array = |value: &Value| value.as_array().cloned().unwrap_or_default();
        for proposal in array(&list["proposals"]) {
            for file in array(&proposal["files"]) {
                for hunk in array(&file["hunks"]) {
                    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
                    open.push((text(&proposal["id"]), text(&hunk["id"])));
                }
            }
        }
        open
    }

    fn decide_on_what_is_left(&mut self) {
        let open = self.open();
        if open.is_empty() {
            return;
        }
        let (call, hunk) = open[self.chance.number(0..open.len())].clone();
        let fate = match self.decide_hunk(&call, &hunk) {
            Ok(false) => Fate::Rejected,
            Ok(true) => loop {
                match self.hear() {
                    Heard::Edit(edit) => self.edits(&edit),
                    Heard::PatchEnd(end) if end["success"] == true => break Fate::Applied,
                    Heard::PatchEnd(_) => return,
                    Heard::Asked(_) | Heard::TaskEnd => self.fail("a task runs"),
                }
            },
            Err(_) => return,
        };
        self.script.note(format!("{call} {hunk} is {fate:?}"));
        self.story.hunk(&call, &hunk).fate = Some(fate);
    }

    /// What holds at every moment.
    fn check(&self) {
        if let Err(why) = self.person.check(&self.text(), &self.story) {
            self.fail(&why);
        }
    }

    /// The text shows what the model was told of each hunk.
    fn check_fates(&self) {
        self.check();
        if let Err(why) = self.person.check_fates(&self.text(), &self.story) {
            self.fail(&why);
        }
    }

    /// What did not fit is still there for the person to decide on.
    fn check_what_is_kept(&self) {
        let open = self.open();
        for patch in &self.story.patches {
            for hunk in patch.hunks.iter().filter(|hunk| hunk.fate == Some(Fate::Kept)) {
                // The person may have taken the lines out that were to go.
                let made = hunk.new.is_none() && self.person.took_out(&hunk.old);
                if !made && !open.contains(&(patch.call.clone(), hunk.id.clone())) {
                    self.fail(&format!("{} of {} is not kept: {open:?}", hunk.id, patch.call));
                }
            }
        }
    }

    /// The program has the same text as the editor.
    fn check_reading(&mut self) {
        say(&self.client, "read");
        while !matches!(self.hear(), Heard::TaskEnd) {}
        let read = self.stage.model.request(4).tool_output("r");
        let text = self.text();
        if !read.lines().skip(1).eq(text.lines()) {
            self.fail(&format!("the model reads {read:?}"));
        }
        let violations = self.client.editor().violations().join("\n");
        if !violations.is_empty() {
            self.fail(&format!("a strict client objects: {violations}"));
        }
        self.stage.model.finish();
    }
}
