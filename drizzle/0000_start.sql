CREATE TABLE "audit" (
	"tenant_id" uuid NOT NULL,
	"request_id" uuid NOT NULL,
	"key_id" uuid NOT NULL,
	"created_at" timestamp with time zone NOT NULL,
	"endpoint" text NOT NULL,
	"stream" boolean NOT NULL,
	"model_requested" text,
	"model" text,
	"vendor" text,
	"shape" jsonb NOT NULL,
	"status" integer NOT NULL,
	"outcome" text NOT NULL,
	"error_code" text,
	"finish_reason" text,
	"input_tokens" bigint,
	"cached_input_tokens" bigint,
	"cache_write_tokens" bigint,
	"cache_write_1h_tokens" bigint,
	"output_tokens" bigint,
	"reasoning_tokens" bigint,
	"audio_input_tokens" bigint,
	"audio_output_tokens" bigint,
	"image_input_tokens" bigint,
	"image_output_tokens" bigint,
	"audio_seconds" double precision,
	"characters" bigint,
	"images" bigint,
	"usage_source" text,
	"cost_pico_usd" numeric(38, 0) NOT NULL,
	"price_version" text,
	"ttft_ms" double precision,
	"duration_ms" double precision NOT NULL,
	"overhead_ms" double precision NOT NULL,
	"attempts" jsonb NOT NULL,
	CONSTRAINT "audit_tenant_id_request_id_pk" PRIMARY KEY("tenant_id","request_id")
);
--> statement-breakpoint
CREATE TABLE "change" (
	"id" bigint PRIMARY KEY GENERATED ALWAYS AS IDENTITY (sequence name "change_id_seq" INCREMENT BY 1 MINVALUE 1 MAXVALUE 9223372036854775807 START WITH 1 CACHE 1),
	"kind" text NOT NULL,
	"ref" uuid NOT NULL,
	"xid" "xid8" DEFAULT pg_current_xact_id() NOT NULL,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL
);
--> statement-breakpoint
CREATE TABLE "key" (
	"tenant_id" uuid NOT NULL,
	"id" uuid NOT NULL,
	"name" text NOT NULL,
	"prefix" text NOT NULL,
	"hash" text NOT NULL,
	"created_at" timestamp with time zone NOT NULL,
	"not_before" timestamp with time zone,
	"expires_at" timestamp with time zone,
	"revoked_at" timestamp with time zone,
	CONSTRAINT "key_tenant_id_id_pk" PRIMARY KEY("tenant_id","id")
);
--> statement-breakpoint
CREATE TABLE "tenant" (
	"id" uuid PRIMARY KEY NOT NULL,
	"name" text NOT NULL,
	"created_at" timestamp with time zone NOT NULL,
	"deleted_at" timestamp with time zone
);
--> statement-breakpoint
ALTER TABLE "key" ADD CONSTRAINT "key_tenant_id_tenant_id_fk" FOREIGN KEY ("tenant_id") REFERENCES "public"."tenant"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "audit_request" ON "audit" USING btree ("request_id");--> statement-breakpoint
CREATE INDEX "audit_key" ON "audit" USING btree ("key_id","request_id");--> statement-breakpoint
CREATE INDEX "audit_created" ON "audit" USING brin ("created_at");--> statement-breakpoint
CREATE INDEX "change_xid" ON "change" USING btree ("xid","id");--> statement-breakpoint
CREATE UNIQUE INDEX "key_id" ON "key" USING btree ("id");--> statement-breakpoint
CREATE UNIQUE INDEX "key_hash" ON "key" USING btree ("hash");