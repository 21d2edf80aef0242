PRAGMA application_id = 1935893870;
PRAGMA user_version = 1;
BEGIN TRANSACTION;
CREATE TABLE bodies (exchange INTEGER PRIMARY KEY REFERENCES exchanges (id), data BLOB NOT NULL);
INSERT INTO "bodies" VALUES(1,X'789CA5D2410AC2400C05D07D4F51B22EA22EE706EEDC8B8BA1493B819A819948953277D78517E8771D1EFFF309478FA1DF684C5947A9146E1BA9B1BC281C0762593C52F89EB3B99853A08B536BF7D675BC57F65A615A9F666F3CD8607A8D45EB00F3553DC1F87C8229CB5C44F0BDA3316E61B9E89CF0F75AF58FD253C90F187B12BCB5543FFCF4073621295F');
INSERT INTO "bodies" VALUES(2,X'789CA5D2410AC2400C05D07D4F51B22EA22EE706EEDC8B8BA1493B819A819948953277D78517E8771D1EFFF309478FA1DF684C5947A9146E1BA9B1BC281C0762593C52F89EB3B99853A08B536BF7D675BC57F65A615A9F666F3CD8607A8D45EB00F3553DC1F87C8229CB5C44F0BDA3316E61B9E89CF0F75AF58FD253C90F187B12BCB5543FFCF4073621295F');
CREATE TABLE calls (
        scenario INTEGER NOT NULL REFERENCES scenarios (id),
        call INTEGER NOT NULL,
        turn INTEGER NOT NULL,
        role TEXT NOT NULL,
        agent TEXT NOT NULL,
        started REAL,
        first_text REAL,      -- when the first of its answer arrived
        seconds REAL,         -- NULL while it is asked
        error TEXT,
        partial TEXT,         -- what has arrived of its answer, while it is asked
        PRIMARY KEY (scenario, call)
    ) WITHOUT ROWID;
INSERT INTO "calls" VALUES(1,1,0,'agent','WeatherAgent',0.0,NULL,0.7,NULL,NULL);
INSERT INTO "calls" VALUES(1,2,1,'agent','WeatherAgent',0.7,NULL,0.7,NULL,NULL);
CREATE TABLE changes (one INTEGER PRIMARY KEY CHECK (one = 1), value INTEGER NOT NULL);
INSERT INTO "changes" VALUES(1,0);
CREATE TABLE details (
        scenario INTEGER PRIMARY KEY REFERENCES scenarios (id),
        description TEXT NOT NULL,
        thread_id TEXT NOT NULL,
        agents TEXT NOT NULL,
        max_turns INTEGER,
        parameters TEXT NOT NULL,
        tags TEXT NOT NULL,
        metadata TEXT NOT NULL,
        result TEXT,          -- without what other tables hold: messages, criteria, the timing of each call
        own_messages INTEGER  -- whether the result holds other messages than the conversation's, and so keeps them
    );
INSERT INTO "details" VALUES(1,'A user asks.','t_00aa','[]',10,'{}','[]','{}','{"success":true,"messages":[],"reasoning":"Every criterion is met.","passed_criteria":["The agent tells the weather"],"failed_criteria":[],"inconclusive_criteria":[],"criteria":[],"total_time":1.4,"agent_time":1.4,"evaluations":[],"audio":null,"timeline":null,"latency":null,"timing":{"turns":[],"ttft_p50":null,"ttft_p95":null,"total":0.0,"bytes":0,"events":0},"usage":{},"exchanges":[]}',0);
CREATE TABLE exchanges (
        id INTEGER PRIMARY KEY,
        scenario INTEGER NOT NULL REFERENCES scenarios (id),
        position INTEGER NOT NULL,
        turn INTEGER NOT NULL,
        call INTEGER,
        agent TEXT NOT NULL,
        at REAL,
        url TEXT NOT NULL,
        status INTEGER,
        outcome TEXT NOT NULL,
        protocol TEXT NOT NULL,
        first_content REAL,
        seconds REAL,
        size INTEGER NOT NULL,
        base INTEGER,         -- the position of the exchange that the details build on
        details BLOB NOT NULL,
        trace BLOB NOT NULL,
        error TEXT
    );
INSERT INTO "exchanges" VALUES(1,1,0,0,1,'',0.7,'http://127.0.0.1:8000/chat',200,'complete','openai-chat',0.21,0.3515,909,NULL,X'789CAD54CD6E133110EE8107B17C0269DB3841857611E288385454A21287AA8AA6BB93ACA9D75EC6E3B6A1CA5BF048F05E8CF7272D94724289147B663CDF7CDFCCE4FBDEDE0FBAD36DA8D1E952DF207083A40B1D99105A5D32252C748B31C21AA32ECFEF340587129B621F5805CFE8590C9F1B6065A3920C6A4CA4AC57A740D9186AD8BC53CFCD0BBDBDD8FE7C26A0845F13467929F8C84DA825C7E9C74F67923451AEA661EECAD96CBE787D60E4332F8F8C31B34A6024A441A891627E3D96B0CF9B2E17065DE76C056C839F7D89C14B30541576B946C65B9EE1758E1E198A330938D96FFD0B893927ACA162AC2FF4B6D097A1DE88311F230327415C18F32FFC47186F94D44C11F96DE2D5FE9140D6C039F224F84299853A01520BB378A5E6A634F9ABDE9F9C65C4AA49FE2AAB7E51E83EE37826ECDC26437714385421AB153AF460F74779721162FCD0772426EF37BB5E14EAC672A3167355E39A10A3025F2B50CEAE1B169F5C5614DAB18F910FF4DF070062B42289E7DFA6E0FF206E7B9220DDB37E9DE5174621B86505CE8D1AF477C298DCA44ACA25EAD227E70ABDB2DEC6663924910C914327599028D01463A568A29427633044A1D90FC19D881F1257A1CD4CE5A773282D2BEE8FE3664C5D991F8A48E056815A9441364FBD67DBF68CFAA9F15809B4CCB6993F182899F45C3E455E5E6E32923958EC2C3BA107E31ABA382C506DC14F34BAE3C3E9D8C2AD6D533B5CA52807BBB44300070697D3BD3CCC1CB24B321E9BE37B6E99CC436EC5D3633739EE751F0B567939D4A3D528544F4BF536D540945509B69212FE681527DAD1932EF7A336C889A2739C5C9714AE7070E57F8FE5B5283A6CB5DEFE02E873A6EC',X'789C9B39DFCADACEDADED6DAC1C6CACED6D6C66EFE390666932D67D54B884424AB67E34001F38D8CCD8CCD4D8D2D4C8CCC4C4D4DCC262ECF4D2D2E4E4C4F9D30613E232A0000CE843B8A',NULL);
INSERT INTO "exchanges" VALUES(2,1,1,1,2,'',1.4,'http://127.0.0.1:8000/chat',200,'complete','openai-chat',0.21,0.3515,909,0,X'78BBE873A6EC9B52C07464B50E7D92AF0E85C5A421B0981C2D24470BC9D14272B490A46B2109000223BA8E',X'789C9B39DFCADACEDADED6DAC1C6CACED6D6C66EFE390666932D67D54B884424AB67E34001F38D8CCD8CCD4D8D2D4C8CCC4C4D4DCC262ECF4D2D2E4E4C4F9D30613E232A0000CE843B8A',NULL);
CREATE TABLE invocations (
        id INTEGER PRIMARY KEY,
        uid TEXT NOT NULL UNIQUE,
        started REAL,
        alive REAL,           -- when a writer of it was last heard of
        ended REAL,
        source TEXT NOT NULL, -- who ran it: run, pytest, ...
        command TEXT NOT NULL,
        git_commit TEXT,
        git_dirty INTEGER,
        versions TEXT NOT NULL,
        seed INTEGER
    );
INSERT INTO "invocations" VALUES(1,'eeeeeeeeeeeeeeeeeeeeeeeeeeeeeeee',1.0,2.0,2.0,'run','scenario run',NULL,NULL,'{}',NULL);
CREATE TABLE messages (
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        scenario INTEGER NOT NULL REFERENCES scenarios (id),
        position INTEGER NOT NULL,
        turn INTEGER NOT NULL,
        role TEXT,            -- the message's own
        speaker TEXT,         -- the participant's
        agent TEXT NOT NULL,
        call INTEGER,
        at REAL,
        text TEXT NOT NULL,   -- what can be read and searched of it
        plain INTEGER NOT NULL, -- whether its "content" is just the text
        rest TEXT,            -- its keys that stand in no column, as JSON
        rolled_back REAL
    );
INSERT INTO "messages" VALUES(1,1,0,0,'user','user','',NULL,0.0,'What is the weather in Paris today? (0)',1,NULL,NULL);
INSERT INTO "messages" VALUES(2,1,1,0,'assistant','agent','WeatherAgent',1,0.7,'It is sunny in Paris, with 21 degrees and a light wind from the west.',1,NULL,NULL);
INSERT INTO "messages" VALUES(3,1,2,1,'user','user','',NULL,0.7,'What is the weather in Paris today? (1)',1,NULL,NULL);
INSERT INTO "messages" VALUES(4,1,3,1,'assistant','agent','WeatherAgent',2,1.4,'It is sunny in Paris, with 21 degrees and a light wind from the west.',1,NULL,NULL);
CREATE TABLE model_calls (
        id INTEGER PRIMARY KEY,
        scenario INTEGER NOT NULL REFERENCES scenarios (id),
        at REAL,
        role TEXT NOT NULL,
        model TEXT NOT NULL,
        input_tokens INTEGER NOT NULL,
        output_tokens INTEGER NOT NULL,
        total_tokens INTEGER NOT NULL,
        seconds REAL,
        cost REAL
    );
INSERT INTO "model_calls" VALUES(1,1,1.4,'judge','openai/gpt-4o-mini',400,60,460,0.9,0.0001);
CREATE TABLE scenarios (
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        run_id TEXT NOT NULL UNIQUE,
        invocation INTEGER NOT NULL REFERENCES invocations (id),
        key TEXT NOT NULL,    -- the same for the same scenario of any invocation
        repeat INTEGER NOT NULL,
        name TEXT NOT NULL,
        set_id TEXT,
        file TEXT NOT NULL,
        test TEXT NOT NULL,
        status TEXT NOT NULL, -- running, passed, failed, errored, cancelled
        started REAL,
        seconds REAL,
        turns INTEGER NOT NULL DEFAULT 0,
        messages INTEGER NOT NULL DEFAULT 0,
        tokens INTEGER NOT NULL DEFAULT 0,
        cost REAL,
        ttft REAL,            -- the median over its calls
        fault TEXT NOT NULL DEFAULT '',
        error TEXT NOT NULL DEFAULT '',
        changed INTEGER NOT NULL
    );
INSERT INTO "scenarios" VALUES(1,'00aa',1,'9b3a35efb836122622cbbffb',0,'weather',NULL,'weather.yaml','','passed',1.0,1.4,2,4,460,0.0001,0.21,'','',1);
CREATE TABLE turns (
        scenario INTEGER NOT NULL REFERENCES scenarios (id), turn INTEGER NOT NULL, started REAL,
        PRIMARY KEY (scenario, turn)
    ) WITHOUT ROWID;
INSERT INTO "turns" VALUES(1,0,0.0);
INSERT INTO "turns" VALUES(1,1,0.7);
CREATE TABLE verdicts (
        id INTEGER PRIMARY KEY,
        scenario INTEGER NOT NULL REFERENCES scenarios (id),
        turn INTEGER,         -- that of the checkpoint; NULL in the verdict that ended the run
        criterion TEXT NOT NULL,
        requirement TEXT NOT NULL,
        status TEXT NOT NULL,
        reasoning TEXT NOT NULL,
        quote TEXT,
        message_index INTEGER,
        listed INTEGER NOT NULL -- whether the verdict named it in its lists of texts alone
    );
INSERT INTO "verdicts" VALUES(1,1,NULL,'The agent tells the weather','','passed','It says so.','sunny',1,0);
CREATE INDEX scenarios_of_invocation ON scenarios (invocation, status);
CREATE INDEX scenarios_by_status ON scenarios (status);
CREATE INDEX scenarios_by_key ON scenarios (key);
CREATE INDEX scenarios_by_change ON scenarios (changed);
CREATE INDEX messages_of_scenario ON messages (scenario, position);
CREATE INDEX exchanges_of_scenario ON exchanges (scenario, position);
CREATE INDEX verdicts_of_scenario ON verdicts (scenario);
CREATE INDEX model_calls_of_scenario ON model_calls (scenario);
DELETE FROM "sqlite_sequence";
INSERT INTO "sqlite_sequence" VALUES('scenarios',1);
INSERT INTO "sqlite_sequence" VALUES('messages',4);
COMMIT;
