CREATE TABLE "ledger" (
	"tenant_id" uuid NOT NULL,
	"request_id" uuid NOT NULL,
	"key_id" uuid NOT NULL,
	"created_at" timestamp with time zone NOT NULL,
	"booked_at" timestamp with time zone,
	"input" bigint,
	"cached_input" bigint,
	"cache_write" bigint,
	"cache_write_1h" bigint,
	"output" bigint,
	"reasoning" bigint,
	"audio_input" bigint,
	"audio_output" bigint,
	"image_input" bigint,
	"image_output" bigint,
	"audio_ms" bigint,
	"characters" bigint,
	"images" bigint,
	"line" smallint NOT NULL,
	"cost_pico_usd" numeric(38, 0) NOT NULL,
	"kind" text NOT NULL,
	"endpoint" text NOT NULL,
	"model" text,
	"vendor" text,
	"price_version" text,
	"source" text,
	CONSTRAINT "ledger_pk" PRIMARY KEY("tenant_id","request_id","line"),
	CONSTRAINT "ledger_kind" CHECK ("kind" IN ('usage', 'estimated', 'adjustment', 'overrun')),
	CONSTRAINT "ledger_line" CHECK ("line" >= 0),
	CONSTRAINT "ledger_not_negative" CHECK ("kind" = 'adjustment' OR ("cost_pico_usd" >= 0 AND least("input", "cached_input", "cache_write", "cache_write_1h", "output", "reasoning", "audio_input", "audio_output", "image_input", "image_output", "audio_ms", "characters", "images") >= 0))
) PARTITION BY RANGE ("request_id");
--> statement-breakpoint
CREATE INDEX "ledger_created" ON "ledger" USING brin ("created_at");--> statement-breakpoint
CREATE TABLE "ledger_default" PARTITION OF "ledger" DEFAULT;--> statement-breakpoint
CREATE TABLE "dead_letter" (
	"tenant_id" text NOT NULL,
	"id" uuid NOT NULL,
	"request_id" text NOT NULL,
	"reason" text NOT NULL,
	"payload" text NOT NULL,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "dead_letter_pk" PRIMARY KEY("tenant_id","id")
);
--> statement-breakpoint
ALTER TABLE "audit" RENAME TO "audit_whole";--> statement-breakpoint
ALTER TABLE "audit_whole" DROP CONSTRAINT "audit_tenant_id_request_id_pk";--> statement-breakpoint
DROP INDEX "audit_request", "audit_key", "audit_created";--> statement-breakpoint
CREATE TABLE "audit" (
	"tenant_id" uuid NOT NULL,
	"request_id" uuid NOT NULL,
	"key_id" uuid NOT NULL,
	"created_at" timestamp with time zone NOT NULL,
	"ttft_ms" double precision,
	"duration_ms" double precision NOT NULL,
	"overhead_ms" double precision NOT NULL,
	"status" integer NOT NULL,
	"stream" boolean NOT NULL,
	"endpoint" text NOT NULL,
	"model_requested" text,
	"model" text,
	"vendor" text,
	"outcome" text NOT NULL,
	"error_code" text,
	"finish_reason" text,
	"shape" jsonb NOT NULL,
	"attempts" jsonb NOT NULL,
	"raw_usage" jsonb,
	CONSTRAINT "audit_pk" PRIMARY KEY("tenant_id","request_id")
) PARTITION BY RANGE ("request_id");
--> statement-breakpoint
CREATE INDEX "audit_request" ON "audit" USING btree ("request_id");--> statement-breakpoint
CREATE INDEX "audit_key" ON "audit" USING btree ("key_id","request_id");--> statement-breakpoint
CREATE INDEX "audit_created" ON "audit" USING brin ("created_at");--> statement-breakpoint
CREATE TABLE "audit_default" PARTITION OF "audit" DEFAULT;--> statement-breakpoint
INSERT INTO "audit"
SELECT "tenant_id", "request_id", "key_id", "created_at", "ttft_ms", "duration_ms", "overhead_ms", "status", "stream", "endpoint", "model_requested", "model", "vendor", "outcome", "error_code", "finish_reason", "shape", "attempts", NULL
FROM "audit_whole";--> statement-breakpoint
INSERT INTO "ledger"
SELECT "tenant_id", "request_id", "key_id", "created_at", NULL,
	nullif(greatest("input" - "p1" - "p2" - "p3" - "p4" - "p5", 0), 0),
	nullif(least("p1", "input"), 0),
	nullif(least("p2", greatest("input" - "p1", 0)), 0),
	nullif(least("p3", greatest("input" - "p1" - "p2", 0)), 0),
	nullif(greatest("output" - "q1" - "q2" - "q3", 0), 0),
	nullif(least("q1", "output"), 0),
	nullif(least("p4", greatest("input" - "p1" - "p2" - "p3", 0)), 0),
	nullif(least("q2", greatest("output" - "q1", 0)), 0),
	nullif(least("p5", greatest("input" - "p1" - "p2" - "p3" - "p4", 0)), 0),
	nullif(least("q3", greatest("output" - "q1" - "q2", 0)), 0),
	nullif(greatest(round("audio_seconds" * 1000)::bigint, 0), 0),
	nullif(greatest("characters", 0), 0),
	nullif(greatest("images", 0), 0),
	0, greatest("cost_pico_usd", 0),
	CASE WHEN "usage_source" IN ('vendor', 'drained') THEN 'usage' ELSE 'estimated' END,
	"endpoint", "model", "vendor", "price_version", "usage_source"
FROM "audit_whole", LATERAL (SELECT
	greatest("input_tokens", 0) AS "input",
	greatest("cached_input_tokens", 0) AS "p1",
	greatest("cache_write_tokens", 0) AS "p2",
	greatest("cache_write_1h_tokens", 0) AS "p3",
	greatest("audio_input_tokens", 0) AS "p4",
	greatest("image_input_tokens", 0) AS "p5",
	greatest("output_tokens", 0) AS "output",
	greatest("reasoning_tokens", 0) AS "q1",
	greatest("audio_output_tokens", 0) AS "q2",
	greatest("image_output_tokens", 0) AS "q3"
) AS "class"
WHERE "input_tokens" IS NOT NULL OR "cost_pico_usd" > 0;--> statement-breakpoint
DROP TABLE "audit_whole";
