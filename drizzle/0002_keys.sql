ALTER TABLE "key" ADD COLUMN "scopes" jsonb DEFAULT '["llm","embeddings","stt","tts","images","moderations"]'::jsonb NOT NULL;--> statement-breakpoint
ALTER TABLE "key" ADD COLUMN "models" jsonb;--> statement-breakpoint
ALTER TABLE "key" ADD COLUMN "old_hash" text;--> statement-breakpoint
ALTER TABLE "key" ADD COLUMN "old_until" timestamp with time zone;--> statement-breakpoint
ALTER TABLE "key" ADD COLUMN "version" bigint DEFAULT (extract(epoch from now()) * 1000)::bigint NOT NULL;--> statement-breakpoint
CREATE UNIQUE INDEX "key_old_hash" ON "key" USING btree ("old_hash") WHERE "key"."old_hash" IS NOT NULL;--> statement-breakpoint
ALTER TABLE "key" ADD CONSTRAINT "key_old_whole" CHECK (("key"."old_hash" IS NULL) = ("key"."old_until" IS NULL));